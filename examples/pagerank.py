"""PageRank of a random web: links as two arrays of page numbers, ranks gathered and added along them."""

import clnd as np


def web(pages, links, rng):
    """Links from and to pages, without duplicates and without a page's links to itself; low numbers are linked to most."""
    source = rng.integers(0, pages, links)
    target = (pages * rng.random(links) ** 3).astype(int)
    code = np.unique(source * pages + target)
    source, target = np.divmod(code, pages)
    keep = source != target
    return source[keep], target[keep]


def pagerank(source, target, pages, damping=0.85, tolerance=1e-7, most=100):
    """Each page's rank; they add up to 1. Pages without links pass their rank on to all."""
    out = np.bincount(source, minlength=pages)
    dangling = out == 0
    share = np.zeros(pages)
    share[~dangling] = 1.0 / out[~dangling]
    rank = np.full(pages, 1.0 / pages)
    for rounds in range(1, most + 1):
        new = np.zeros(pages)
        np.add.at(new, target, (rank * share)[source])
        new = (1 - damping) / pages + damping * (new + rank[dangling].sum() / pages)
        change = np.abs(new - rank).sum()
        rank = new
        if change < tolerance:
            break
    return rank, rounds


def main(pages=100000, links=1000000):
    source, target = web(pages, links, np.random.default_rng(11))
    rank, rounds = pagerank(source, target, pages)
    incoming = np.bincount(target, minlength=pages)
    best = np.argsort(rank)[::-1][:5]
    print(f"{len(source)} links, {rounds} rounds, sum of ranks {rank.sum():.6f}")
    for page in best:
        print(f"  page {page:4d}: rank {rank[page]:.6f}, {incoming[page]} links to it")
    print(f"correlation of rank and links: {np.corrcoef(rank, incoming)[0, 1]:.4f}")
    print(f"the first tenth of pages by rank holds {np.sort(rank)[-(pages // 10) :].sum():.1%}")


if __name__ == "__main__":
    main()
