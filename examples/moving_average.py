"""Moving averages of a noisy series with gaps: when the fast one crosses the slow one, and what trading on that yields."""

import clnd as np


def series(n, rng, missing=0.02):
    """A random walk of prices; some are missing, as NaN."""
    price = 100 * np.exp(np.cumsum(rng.normal(2e-5, 0.001, n)))
    price[rng.random(n) < missing] = np.nan
    return price


def fill(x):
    """Missing values are interpolated."""
    x = x.copy()
    bad = np.isnan(x)
    x[bad] = np.interp(np.flatnonzero(bad), np.flatnonzero(~bad), x[~bad])
    return x


def moving_average(x, width):
    """The mean of each ``width`` neighbours, by differences of the running sum."""
    total = np.cumsum(np.insert(x, 0, 0.0))
    return (total[width:] - total[:-width]) / width


def crossings(fast, slow):
    """The places where the sign of ``fast - slow`` changes."""
    return np.nonzero(np.diff(np.sign(fast - slow)))[0] + 1


def main(n=500000, short=20, long=100):
    raw = series(n, np.random.default_rng(4))
    price = fill(raw)
    print(f"{np.isnan(raw).sum()} missing of {n}; mean {np.nanmean(raw):.3f}, filled {price.mean():.3f}")
    fast, slow = moving_average(price, short)[long - short :], moving_average(price, long)
    smooth = np.convolve(price, np.hanning(short) / np.hanning(short).sum(), mode="valid")
    print("largest difference of two ways:", bool(np.allclose(slow, np.lib.stride_tricks.sliding_window_view(price, long).mean(axis=-1), rtol=1e-3)))
    print(f"roughness {np.std(np.diff(price)):.3f}, of the mean {np.std(np.diff(fast)):.3f}, of Hann's {np.std(np.diff(smooth)):.3f}")
    cross = crossings(fast, slow)
    print(f"{len(cross)} crossings, the first at {cross[:5] + long - 1}")
    gain = np.diff(np.log(price[long - 1 :])) * (fast > slow)[:-1]
    wealth = np.exp(np.cumsum(gain))
    worst = (1 - wealth / np.maximum.accumulate(wealth)).max()
    print(f"wealth {wealth[-1]:.3f}, worst fall {worst:.1%}")


if __name__ == "__main__":
    main()
