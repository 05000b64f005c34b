"""The Mandelbrot set: how many steps each point of the plane takes to leave the disc of radius 2."""

import clnd as np


def escape_times(width, height, limit, centre=(-0.75, 0.0), span=3.0):
    """The steps until |z| exceeds 2, at most ``limit``, of a grid of points around ``centre``."""
    across, up = span / 2, span / 2 * height / width
    x = np.linspace(centre[0] - across, centre[0] + across, width)
    y = np.linspace(centre[1] - up, centre[1] + up, height)
    c = x + 1j * y[:, np.newaxis]
    z = np.zeros_like(c)
    times = np.full(c.shape, limit)
    inside = np.ones(c.shape, dtype=bool)
    for step in range(limit):
        z[inside] = z[inside] ** 2 + c[inside]
        left = inside & (np.abs(z) > 2)
        times[left] = step
        inside[left] = False
    return times


def drawing(times, limit, rows=20, columns=60):
    """Text: the longer a point stays, the darker its letter."""
    shades = np.array([ord(letter) for letter in " .:-=+*#%@"])
    height, width = times.shape
    few = times[:: max(1, height // rows), :: max(1, width // columns)]
    levels = (np.log1p(few) / np.log1p(limit) * (len(shades) - 1)).astype(int)
    return "\n".join("".join(map(chr, row)) for row in shades[levels].tolist())


def main(width=1200, height=800, limit=50):
    times = escape_times(width, height, limit)
    print(drawing(times, limit))
    stay = np.count_nonzero(times == limit)
    print(f"{stay} of {times.size} points stay, area about {3.0 * 3.0 * height / width * stay / times.size:.3f}")
    print("median step of those that leave:", int(np.median(times[times < limit])))


if __name__ == "__main__":
    main()
