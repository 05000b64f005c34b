"""A small convolutional network learns to tell strokes apart: convolution by im2col, everything by hand."""

import clnd as np


def strokes(n, size, rng):
    """Noisy pictures of a horizontal, a vertical or a diagonal stroke, and which it is."""
    label = rng.integers(0, 3, n)
    image = rng.normal(0, 0.3, (n, size, size))
    place = rng.integers(1, size - 1, n)
    which = np.arange(n)
    level, upright, diagonal = (which[label == k] for k in range(3))
    image[level, place[level], :] += 1
    image[upright, :, place[upright]] += 1
    along = np.arange(size)
    image[diagonal[:, None], along, (along + place[diagonal][:, None]) % size] += 1
    return image, label


def im2col(image, k):
    """Every k x k window as a row: (pictures, rows, columns, k * k)."""
    windows = np.lib.stride_tricks.sliding_window_view(image, (k, k), axis=(1, 2))
    return windows.reshape(*windows.shape[:3], k * k)


def forward(columns, w, v):
    """Convolution, ReLU, the largest of each picture, and probabilities of the classes."""
    n, rows, cols, _ = columns.shape
    maps = np.maximum(columns @ w, 0).reshape(n, rows * cols, -1)
    place = maps.argmax(axis=1)
    top = np.take_along_axis(maps, place[:, None, :], axis=1)[:, 0, :]
    scores = top @ v
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return place, top, e / e.sum(axis=1, keepdims=True)


def train(image, label, rng, filters=12, k=3, rate=0.5, rounds=60, batch=128):
    """The two layers' weights, and the mean loss of each round."""
    w = rng.normal(0, 0.3, (k * k, filters))
    v = rng.normal(0, 0.3, (filters, 3))
    columns = im2col(image, k)
    losses = np.zeros(rounds)
    for i in range(rounds):
        chosen = rng.choice(len(image), batch, replace=False)
        x, y = columns[chosen], label[chosen]
        place, top, p = forward(x, w, v)
        losses[i] = -np.log(p[np.arange(batch), y]).mean()
        p[np.arange(batch), y] -= 1
        p /= batch
        back = (p @ v.T) * (top > 0)
        windows = x.reshape(batch, -1, k * k)[np.arange(batch)[:, None], place]
        w -= rate * np.einsum("bf,bfk->kf", back, windows)
        v -= rate * (top.T @ p)
    return w, v, losses


def main(n=2000, size=24, rounds=150):
    rng = np.random.default_rng(12)
    image, label = strokes(n, size, rng)
    w, v, losses = train(image[: n // 2], label[: n // 2], rng, rounds=rounds)
    guess = forward(im2col(image[n // 2 :], 3), w, v)[2].argmax(axis=1)
    print(f"loss {losses[:10].mean():.3f} -> {losses[-10:].mean():.3f}")
    print(f"right {np.mean(guess == label[n // 2 :]):.1%} of pictures that it has not seen")
    print("a filter:")
    print(np.round(w[:, np.argmax(np.abs(w).sum(axis=0))].reshape(3, 3), 1))


if __name__ == "__main__":
    main()
