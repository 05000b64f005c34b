"""Logistic regression by gradient descent: two classes of points, features scaled, a part kept for the test."""

import clnd as np


def two_classes(n, features, rng):
    """Measurements of ``n`` things, and whether each is of the second class."""
    y = rng.random(n) < 0.4
    x = rng.normal(size=(n, features)) * np.linspace(1, 20, features)
    x[y] += 0.5 * np.linspace(1, 20, features)
    return x, y.astype(int)


def split(x, y, rng, share=0.8):
    """Training and test data, shuffled."""
    order = rng.permutation(len(x))
    cut = int(share * len(x))
    train, test = order[:cut], order[cut:]
    return x[train], y[train], x[test], y[test]


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def fit(x, y, rate=0.5, rounds=200, decay=1e-4):
    """Weights, with the constant first, and the loss of each round."""
    x = np.hstack([np.ones((len(x), 1)), x])
    weights = np.zeros(x.shape[1])
    losses = []
    for _ in range(rounds):
        p = np.clip(sigmoid(x @ weights), 1e-7, 1 - 1e-7)
        losses.append(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
        gradient = x.T @ (p - y) / len(y)
        gradient[1:] += decay * weights[1:]
        weights -= rate * gradient
    return weights, np.array(losses)


def main(n=100000, features=20):
    rng = np.random.default_rng(8)
    x, y, x_test, y_test = split(*two_classes(n, features, rng), rng)
    mean, std = x.mean(axis=0), x.std(axis=0)
    weights, losses = fit((x - mean) / std, y)
    p = sigmoid(weights[0] + ((x_test - mean) / std) @ weights[1:])
    guess = (p > 0.5).astype(int)
    confusion = np.zeros((2, 2), dtype=int)
    np.add.at(confusion, (y_test, guess), 1)
    print(f"loss {losses[0]:.4f} -> {losses[-1]:.4f}, accuracy {(guess == y_test).mean():.4f}")
    print("confusion:")
    print(confusion)
    print("strongest features:", np.argsort(-np.abs(weights[1:]))[:3])


if __name__ == "__main__":
    main()
