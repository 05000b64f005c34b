"""Histogram equalisation: a dull grey picture is given its full range of tones by a look-up table."""

import clnd as np


def dull(height, width, rng):
    """A picture of uint8 whose tones are crowded between about 90 and 150."""
    y, x = np.ogrid[:height, :width]
    waves = np.sin(x / 17.0) * np.cos(y / 23.0)
    return (120 + 20 * waves + rng.normal(0, 3, (height, width))).astype(np.uint8)


def equalise(image):
    """The same picture with tones spread evenly over 0 to 255."""
    counts = np.bincount(image.ravel(), minlength=256)
    total = counts.cumsum()
    darkest = total[total > 0].min()
    table = np.round((total - darkest) / (image.size - darkest) * 255)
    return np.clip(table, 0, 255).astype(np.uint8)[image]


def stretch(image, low=2, high=98):
    """The simpler way: the middle 96 percent of tones become 0 to 255."""
    bottom, top = np.percentile(image, (low, high))
    return np.interp(image, (bottom, top), (0, 255)).astype(np.uint8)


def bars(image, bins=16):
    counts, _ = np.histogram(image, bins=bins, range=(0, 256))
    return " ".join(f"{100 * count / image.size:2.0f}" for count in counts)


def main(height=1200, width=1600):
    image = dull(height, width, np.random.default_rng(6))
    for name, picture in (("dull", image), ("equalised", equalise(image)), ("stretched", stretch(image))):
        p = np.bincount(picture.ravel(), minlength=256) / picture.size
        entropy = -np.sum(p[p > 0] * np.log2(p[p > 0]))
        print(f"{name:10s} {picture.min():3d} to {picture.max():3d}, deviation {picture.std():5.2f}, {len(np.unique(picture)):3d} tones, {entropy:.3f} bits")
        print("  percent in sixteen bins:", bars(picture))


if __name__ == "__main__":
    main()
