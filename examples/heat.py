"""Heat spreads over a square plate: explicit steps of the heat equation, in place."""

import clnd as np


def plate(n):
    """A cold plate with a hot disc in it; the left edge is kept warm."""
    y, x = np.mgrid[0 : 1 : n * 1j, 0 : 1 : n * 1j]
    u = np.zeros((n, n))
    u[(x - 0.6) ** 2 + (y - 0.5) ** 2 < 0.04] = 100.0
    u[:, 0] = 50.0
    return u


def diffuse(u, steps, alpha=0.2):
    """Advance ``u`` by ``steps``. Three edges let no heat through."""
    for _ in range(steps):
        u[1:-1, 1:-1] += alpha * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])
        u[0, 1:] = u[1, 1:]
        u[-1, 1:] = u[-2, 1:]
        u[:, -1] = u[:, -2]
    return u


def main(n=768, steps=400):
    u = plate(n)
    print(f"before: mean {u.mean():.4f}, hottest {u.max():.2f}")
    diffuse(u, steps)
    row, column = np.unravel_index(np.argmax(u), u.shape)
    print(f"after:  mean {u.mean():.4f}, hottest {u.max():.2f} at row {row}, column {column}")
    print("along the middle:", np.round(u[n // 2, :: n // 8], 2))
    dy, dx = np.gradient(u)
    print(f"steepest slope {np.hypot(dx, dy).max():.3f} per cell")


if __name__ == "__main__":
    main()
