"""k-means: points of several blobs find their centres again."""

import clnd as np


def blobs(n, k, rng):
    """``n`` points around ``k`` centres on a circle, and each point's centre."""
    angle = 2 * np.pi * np.arange(k) / k
    centres = 5 * np.column_stack((np.cos(angle), np.sin(angle)))
    owner = rng.integers(0, k, size=n)
    return centres[owner] + rng.normal(scale=0.8, size=(n, 2)), owner


def first_centres(points, k, rng):
    """k-means++: each next centre is a point drawn by its squared distance from the nearest one so far."""
    centres = points[rng.integers(len(points))][None, :]
    while len(centres) < k:
        squared = ((points[:, None, :] - centres) ** 2).sum(axis=2).min(axis=1)
        chosen = rng.choice(len(points), p=squared / squared.sum())
        centres = np.vstack([centres, points[chosen]])
    return centres


def kmeans(points, centres, most=100):
    """Centres and each point's cluster, when no point changes its cluster any more."""
    centres = centres.copy()
    labels = np.full(len(points), -1)
    for rounds in range(1, most + 1):
        distances = np.linalg.norm(points[:, None, :] - centres[None, :, :], axis=2)
        new = distances.argmin(axis=1)
        if np.array_equal(new, labels):
            break
        labels = new
        for k in range(len(centres)):
            if np.any(labels == k):
                centres[k] = points[labels == k].mean(axis=0)
    return centres, labels, rounds


def main(n=100000, k=6):
    rng = np.random.default_rng(5)
    points, owner = blobs(n, k, rng)
    centres, labels, rounds = kmeans(points, first_centres(points, k, rng))
    inertia = ((points - centres[labels]) ** 2).sum()
    print(f"{rounds} rounds, mean squared distance {inertia / n:.4f}")
    for centre, size in zip(centres, np.bincount(labels, minlength=k)):
        print(f"  centre ({centre[0]:6.2f}, {centre[1]:6.2f}) has {size} points")
    table = np.zeros((k, k), dtype=int)
    np.add.at(table, (owner, labels), 1)
    print(f"purity {table.max(axis=1).sum() / n:.4f}")


if __name__ == "__main__":
    main()
