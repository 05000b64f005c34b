"""Jacobi's method for a linear system whose diagonal outweighs the rest of each row."""

import clnd as np


def system(n, rng):
    """A matrix with a heavy diagonal, and a right-hand side with a known solution."""
    a = rng.uniform(0.0, 1.0, (n, n))
    np.fill_diagonal(a, 0.0)
    a += np.diag(1.25 * np.abs(a).sum(axis=1))
    solution = np.sin(np.arange(n))
    return a, a @ solution, solution


def jacobi(a, b, tolerance=1e-6, most=200):
    """The solution of ``a @ x = b`` and the changes of each round."""
    diagonal = np.diag(a)
    rest = a - np.diagflat(diagonal)
    x = np.zeros_like(b)
    changes = []
    for _ in range(most):
        new = (b - rest @ x) / diagonal
        changes.append(np.linalg.norm(new - x, ord=np.inf))
        x = new
        if changes[-1] < tolerance:
            break
    return x, np.array(changes)


def main(n=2000):
    a, b, solution = system(n, np.random.default_rng(3))
    x, changes = jacobi(a, b)
    print(f"{len(changes)} rounds, each change {np.mean(changes[1:] / changes[:-1]):.3f} of the one before")
    print(f"largest error {np.max(np.abs(x - solution)):.1e}, residual {np.linalg.norm(a @ x - b):.1e}")
    print("close to the solution:", np.allclose(x, solution, atol=1e-5))


if __name__ == "__main__":
    main()
