"""Conway's Game of Life on a torus: a glider gun's worth of neighbours, counted by rolling the board."""

import clnd as np

GLIDER = np.array([[0, 1, 0], [0, 0, 1], [1, 1, 1]])


def neighbours(board):
    """How many of the eight cells around each cell live."""
    return sum(np.roll(board, (dy, dx), axis=(0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0))


def step(board):
    """The next generation."""
    n = neighbours(board)
    return ((n == 3) | ((board == 1) & (n == 2))).astype(np.uint8)


def play(board, generations):
    """The last board, and how many cells lived in each generation."""
    population = np.empty(generations + 1, dtype=int)
    population[0] = board.sum()
    for i in range(generations):
        board = step(board)
        population[i + 1] = board.sum()
    return board, population


def show(board):
    for row in board:
        print("".join("#" if cell else "." for cell in row))


def main(size=1024, generations=100):
    board = np.zeros((10, 20), dtype=np.uint8)
    board[1:4, 1:4] = GLIDER
    board, _ = play(board, 24)
    show(board)

    rng = np.random.default_rng(2)
    soup = (rng.random((size, size)) < 0.35).astype(np.uint8)
    soup, population = play(soup, generations)
    print("population:", population[::20])
    print("most births in one generation:", np.diff(population).max())
    print("fullest row:", soup.sum(axis=1).argmax())


if __name__ == "__main__":
    main()
