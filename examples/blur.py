"""A picture is blurred by a Gaussian, sharpened again, and its edges are found."""

import clnd as np


def picture(height, width):
    """An RGB picture of uint8: a gradient, a disc and a checkerboard."""
    y, x = np.indices((height, width))
    image = np.zeros((height, width, 3), dtype=np.uint8)
    image[..., 0] = 255 * x // width
    image[..., 1] = 255 * y // height
    image[(x // 16 + y // 16) % 2 == 0, 2] = 200
    disc = np.hypot(x - width / 2, y - height / 2) < min(height, width) / 4
    image[disc] = [250, 230, 60]
    return image


def gaussian(sigma):
    """The weights of a Gaussian over three sigmas to either side."""
    radius = int(3 * sigma)
    x = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (x / sigma) ** 2)
    return kernel / kernel.sum()


def blur(image, sigma):
    """Rows, then columns; the picture is mirrored beyond its edges."""
    kernel = gaussian(sigma)
    radius = len(kernel) // 2
    height, width = image.shape[:2]
    padded = np.pad(image.astype(float), ((radius, radius), (radius, radius), (0, 0)), mode="reflect")
    rows = sum(weight * padded[i : i + height] for i, weight in enumerate(kernel))
    return sum(weight * rows[:, i : i + width] for i, weight in enumerate(kernel))


def to_bytes(image):
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def edges(image):
    """Where the grey picture's slope is steep."""
    grey = image @ np.array([0.299, 0.587, 0.114])
    dy, dx = np.gradient(grey)
    return np.hypot(dx, dy) > 20


def main(height=720, width=1080, sigma=3.0):
    image = picture(height, width)
    soft = blur(image, sigma)
    sharp = to_bytes(image + 0.8 * (image - soft))
    soft = to_bytes(soft)
    print("mean colour:   ", image.mean(axis=(0, 1)).round(2), "blurred:", soft.mean(axis=(0, 1)).round(2))
    print("standard dev.: ", image.std().round(2), "blurred:", soft.std().round(2), "sharpened:", sharp.std().round(2))
    print("edge pixels:   ", edges(image).sum(), "blurred:", edges(soft).sum())
    print("middle, blurred:", soft[height // 2, width // 2 - width // 4 - 2 : width // 2 - width // 4 + 3].tolist())


if __name__ == "__main__":
    main()
