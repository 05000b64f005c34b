"""Monte Carlo: the price of an Asian option, and of a plain one whose formula is known."""

import math

import clnd as np


def paths(n, days, rng, start=100.0, rate=0.02, volatility=0.25):
    """``n`` prices of a share on each of ``days`` days of a year; each draw is used with both signs."""
    z = rng.standard_normal((n // 2, days))
    z = np.concatenate([z, -z])
    dt = 1.0 / days
    steps = (rate - 0.5 * volatility**2) * dt + volatility * np.sqrt(dt) * z
    return start * np.exp(np.cumsum(steps, axis=1))


def price(payoff, rate=0.02):
    """The discounted mean, and its standard error."""
    today = np.exp(-rate) * payoff.reshape(2, -1).mean(axis=0)
    return today.mean(), today.std(ddof=1) / np.sqrt(len(today))


def black_scholes(start=100.0, strike=105.0, rate=0.02, volatility=0.25):
    """The formula's price of a plain call of a year."""
    d1 = (math.log(start / strike) + rate + 0.5 * volatility**2) / volatility
    normal = [0.5 * math.erfc(-d / math.sqrt(2)) for d in (d1, d1 - volatility)]
    return start * normal[0] - strike * math.exp(-rate) * normal[1]


def main(n=50000, days=250, strike=105.0):
    rng = np.random.default_rng(2024)
    s = paths(n, days, rng)
    plain, error = price(np.maximum(s[:, -1] - strike, 0))
    print(f"plain call {plain:.3f} +- {error:.3f}; the formula says {black_scholes(strike=strike):.3f}")
    asian, error = price(np.where(s.mean(axis=1) > strike, s.mean(axis=1) - strike, 0))
    print(f"Asian call {asian:.3f} +- {error:.3f}")
    counts, edges = np.histogram(s[:, -1], bins=8, range=(40, 200))
    for low, high, count in zip(edges[:-1], edges[1:], counts):
        print(f"{low:4.0f} to {high:3.0f} {'*' * int(60 * count / n)}")
    low, median, high = np.percentile(s[:, -1], [5, 50, 95])
    fall = (s / np.maximum.accumulate(s, axis=1) - 1).min(axis=1)
    print(f"a year on: 5 % below {low:.1f}, half below {median:.1f}, 5 % above {high:.1f}; mean worst fall {fall.mean():.1%}")


if __name__ == "__main__":
    main()
