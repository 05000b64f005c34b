"""A block of a transformer: causal self-attention of several heads, layer norms and a feed-forward layer."""

import clnd as np


def softmax(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def layer_norm(x, eps=1e-5):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(x.var(-1, keepdims=True) + eps)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def positions(length, width):
    """Sines and cosines of ever longer waves."""
    angle = np.arange(length)[:, None] / 10000 ** (np.arange(0, width, 2) / width)
    encoding = np.empty((length, width))
    encoding[:, 0::2] = np.sin(angle)
    encoding[:, 1::2] = np.cos(angle)
    return encoding


def attention(x, weights, heads):
    """What each token takes from itself and those before it, and how much from each."""
    batch, length, width = x.shape
    q, k, v = np.split(x @ weights["qkv"], 3, axis=-1)
    q, k, v = (t.reshape(batch, length, heads, width // heads).transpose(0, 2, 1, 3) for t in (q, k, v))
    scores = q @ k.swapaxes(-2, -1) / np.sqrt(width // heads)
    future = np.triu(np.ones((length, length), dtype=bool), k=1)
    scores[..., future] = -np.inf
    shares = softmax(scores)
    out = np.einsum("bhqk,bhkd->bqhd", shares, v).reshape(batch, length, width)
    return out @ weights["out"], shares


def block(x, weights, heads):
    taken, shares = attention(layer_norm(x), weights, heads)
    x = x + taken
    return x + gelu(layer_norm(x) @ weights["up"]) @ weights["down"], shares


def main(batch=8, length=256, width=256, heads=8, words=2000):
    rng = np.random.default_rng(0)
    shapes = {"qkv": (width, 3 * width), "out": (width, width), "up": (width, 4 * width), "down": (4 * width, width)}
    weights = {name: rng.normal(0, 0.02, shape) for name, shape in shapes.items()}
    table = rng.normal(0, 1, (words, width))
    tokens = rng.integers(0, words, (batch, length))
    x = table[tokens] + positions(length, width)
    y, shares = block(x, weights, heads)
    logits = layer_norm(y) @ table.T / width
    loss = -np.log(np.take_along_axis(softmax(logits)[:, :-1], tokens[:, 1:, None], axis=-1)).mean()
    print(f"output {y.shape}, mean {y.mean():.4f}, deviation {y.std():.4f}, loss {loss:.3f}")
    print("shares add up to one:", np.allclose(shares.sum(axis=-1), 1))
    print("no share of the future:", not np.any(shares * np.triu(np.ones((length, length)), k=1)))
    entropy = -np.sum(shares * np.log(shares + 1e-9), axis=-1).mean(axis=(0, 2))
    print("entropy of each head:", entropy.round(3))


if __name__ == "__main__":
    main()
