"""Random draws: the same bits on every device.

`default_rng` makes generators with NumPy's methods. One process-wide generator is behind the functions of this
module: it gives each call the next draw number, whatever the context; `seed` starts it again. `Generator` objects are
independent streams, for threads and for tests. The seed of a new process is 0: a program without a seed is as
reproducible as one with it.
"""

from __future__ import annotations

from typing import Any

from clnd.random.generator import Generator as Generator
from clnd.random.generator import RandomState as RandomState
from clnd.random.generator import default_rng as default_rng
from clnd.random.stream import BitGenerator as BitGenerator

__all__ = [
    "BitGenerator", "Generator", "RandomState", "bernoulli", "beta", "binomial", "bytes", "chisquare", "choice", "default_generator", "default_rng",
    "dirichlet", "exponential", "f", "gamma", "geometric", "get_state", "gumbel", "laplace", "logistic", "lognormal", "multinomial",
    "multivariate_normal", "negative_binomial", "noncentral_chisquare", "noncentral_f", "normal", "pareto", "permutation", "poisson", "power", "rand",
    "randint", "randn", "random", "random_sample", "ranf", "rayleigh", "sample", "seed", "set_state", "shuffle", "standard_cauchy",
    "standard_exponential", "standard_gamma", "standard_normal", "standard_t", "triangular", "uniform", "wald", "weibull",
]  # fmt: skip

default_generator = RandomState(0)
"""The generator behind the functions of this module."""


def seed(seed: Any = None, ctx: Any = "all") -> None:
    """Start the process-wide generator again from ``seed``; None for a seed from the operating system.

    ``ctx`` is MXNet's and changes nothing: a seed gives the same numbers on every context.
    """
    default_generator.seed(seed)


# The same calls on the process-wide generator.
uniform, normal, exponential = default_generator.uniform, default_generator.normal, default_generator.exponential
random, standard_normal, standard_exponential = default_generator.random, default_generator.standard_normal, default_generator.standard_exponential
laplace, logistic, gumbel = default_generator.laplace, default_generator.logistic, default_generator.gumbel
rayleigh, weibull, pareto, power = default_generator.rayleigh, default_generator.weibull, default_generator.pareto, default_generator.power
lognormal, triangular, wald = default_generator.lognormal, default_generator.triangular, default_generator.wald
standard_cauchy, standard_t, standard_gamma = default_generator.standard_cauchy, default_generator.standard_t, default_generator.standard_gamma
gamma, beta, dirichlet = default_generator.gamma, default_generator.beta, default_generator.dirichlet
chisquare, f = default_generator.chisquare, default_generator.f
noncentral_chisquare, noncentral_f = default_generator.noncentral_chisquare, default_generator.noncentral_f
multivariate_normal = default_generator.multivariate_normal
bernoulli, randint = default_generator.bernoulli, default_generator.randint
poisson, binomial, multinomial = default_generator.poisson, default_generator.binomial, default_generator.multinomial
negative_binomial, geometric, bytes = default_generator.negative_binomial, default_generator.geometric, default_generator.bytes
permutation, shuffle, choice = default_generator.permutation, default_generator.shuffle, default_generator.choice
# NumPy's older names.
rand, randn, random_sample = default_generator.rand, default_generator.randn, default_generator.random_sample
ranf = sample = random_sample
get_state, set_state = default_generator.get_state, default_generator.set_state


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(__all__)
