"""Distributions of real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.arrays import Array
from clnd.context import Device, as_context
from clnd.errors import ArgumentError
from clnd.ops import elementwise
from clnd.ops.draws import draw_node
from clnd.random.drawing import delivered, draw, expected_size, one_size
from clnd.random.stream import Stream

__all__ = ["Continuous", "plain"]

_NUMBERS = (bool, int, float, str, type(None))


def plain(stream: Stream, kind: str, parameters: tuple[Any, ...], size: Any, dtype: Any, ctx: Device, out: Any = None) -> Array:
    """A draw of a kind whose kernel takes the parameters, which are numbers."""
    to = dtypes.as_dtype(dtypes.default_float() if dtype is None else dtype)
    if out is not None and size is None and isinstance(out, Array):
        size, ctx = out.shape, out.ctx if ctx is None else ctx
    lengths = expected_size(kind, size, [])
    where = as_context(ctx)
    return delivered(kind, draw_node(kind, lengths, to, where, stream._next_draw, parameters), out)


def _are_numbers(*parameters: Any) -> bool:
    return all(isinstance(p, _NUMBERS) or (getattr(p, "shape", None) == () and not isinstance(p, Array)) for p in parameters)


class Continuous(Stream):
    """Methods that draw real numbers.

    Parameters are numbers or arrays, which broadcast; ``size`` is the shape of the result, that of the parameters by default.
    Results are of ``dtype``, by default that of float arrays among the parameters, else the default float. A parameter out of
    its range is an ArgumentError: at the call, or, if it is an array on a device, at each read of the result.
    """

    # --- uniform, normal, exponential -------------------------------------------------------------

    def random(self, size: Any = None, dtype: Any = None, out: Any = None, *, ctx: Device = None) -> Array:
        """Numbers evenly spread over [0, 1): multiples of 2**-24 in float32, of 2**-53 in float64."""
        return plain(self, "uniform", (0.0, 1.0), size, dtype, ctx, out)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None, dtype: Any = None, ctx: Device = None, *, shape: Any = None) -> Array:
        """Numbers evenly spread over [``low``, ``high``); ``shape`` is another name of ``size``."""
        size = one_size("uniform", size, shape)
        if _are_numbers(low, high):
            return plain(self, "uniform", (low, high), size, dtype, ctx)
        return draw(self, "uniform", (low, high), size, dtype, ctx)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, dtype: Any = None, ctx: Device = None, *, shape: Any = None) -> Array:
        """Normally distributed numbers of mean ``loc`` and standard deviation ``scale``; ``shape`` is another name of ``size``."""
        size = one_size("normal", size, shape)
        if _are_numbers(loc, scale):
            return plain(self, "normal", (loc, scale), size, dtype, ctx)
        return draw(self, "normal", (loc, scale), size, dtype, ctx)

    def standard_normal(self, size: Any = None, dtype: Any = None, out: Any = None, *, ctx: Device = None) -> Array:
        """Normally distributed numbers of mean 0 and standard deviation 1."""
        return plain(self, "normal", (0.0, 1.0), size, dtype, ctx, out)

    def exponential(self, scale: Any = 1.0, size: Any = None, dtype: Any = None, ctx: Device = None, *, shape: Any = None) -> Array:
        """Exponentially distributed numbers of mean ``scale``, from 0 on; ``shape`` is another name of ``size``.

        By inversion, ``-scale * log(u)``, with clnd's own logarithm.

        Raises
        ------
        ArgumentError
            Where ``scale`` is negative or not finite.
        """
        size = one_size("exponential", size, shape)
        if _are_numbers(scale):
            return plain(self, "exponential", (scale,), size, dtype, ctx)
        return draw(self, "exponential", (scale,), size, dtype, ctx)

    def standard_exponential(self, size: Any = None, dtype: Any = None, method: str = "inv", out: Any = None, *, ctx: Device = None) -> Array:
        """Exponentially distributed numbers of mean 1. ``method`` is NumPy's; numbers are made by inversion, whatever it says."""
        if method not in ("inv", "zig"):
            raise ArgumentError(f"[random.standard_exponential] got method={method!r}; expected 'inv' or 'zig'")
        return plain(self, "exponential", (1.0,), size, dtype, ctx, out)

    # --- by inversion ------------------------------------------------------------------------------

    def laplace(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the Laplace distribution: of exponential distances from ``loc``, of mean ``scale``, on either side."""
        return draw(self, "laplace", (loc, scale), size, dtype, ctx)

    def logistic(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the logistic distribution of mean ``loc``."""
        return draw(self, "logistic", (loc, scale), size, dtype, ctx)

    def gumbel(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the Gumbel distribution of mode ``loc``."""
        return draw(self, "gumbel", (loc, scale), size, dtype, ctx)

    def rayleigh(self, scale: Any = 1.0, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the Rayleigh distribution of mode ``scale``."""
        return draw(self, "rayleigh", (scale,), size, dtype, ctx)

    def weibull(self, a: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the Weibull distribution of shape ``a`` and scale 1."""
        return draw(self, "weibull", (a,), size, dtype, ctx)

    def pareto(self, a: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the Pareto II (Lomax) distribution of shape ``a``, from 0 on."""
        return draw(self, "pareto", (a,), size, dtype, ctx)

    def power(self, a: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of [0, 1] of density ``a * x**(a - 1)``."""
        return draw(self, "power", (a,), size, dtype, ctx)

    def lognormal(self, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers whose logarithms are normally distributed, of mean ``mean`` and standard deviation ``sigma``."""
        return draw(self, "lognormal", (mean, sigma), size, dtype, ctx)

    def triangular(self, left: Any, mode: Any, right: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of [``left``, ``right``] whose density rises to ``mode`` and falls from there, in straight lines."""
        return draw(self, "triangular", (left, mode, right), size, dtype, ctx)

    def standard_cauchy(self, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the Cauchy distribution of mode 0 and scale 1."""
        return draw(self, "standard_cauchy", (), size, dtype, ctx)

    def wald(self, mean: Any, scale: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the inverse Gaussian distribution. It takes two draws of the stream."""
        return draw(self, "wald", (mean, scale), size, dtype, ctx)

    # --- of gamma numbers --------------------------------------------------------------------------

    def standard_gamma(self, shape: Any, size: Any = None, dtype: Any = None, out: Any = None, *, ctx: Device = None) -> Array:
        """Numbers of the gamma distribution of shape ``shape`` and scale 1, by Marsaglia and Tsang's method."""
        return draw(self, "standard_gamma", (shape,), size, dtype, ctx, out)

    def gamma(self, shape: Any, scale: Any = 1.0, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the gamma distribution of shape ``shape`` and scale ``scale``.

        Examples
        --------
        >>> import clnd
        >>> x = clnd.random.default_rng(1).gamma(2.0, 3.0, size=10_000)
        >>> bool(abs(x.mean() - 6) < 0.2)
        True
        """
        return draw(self, "gamma", (shape, scale), size, dtype, ctx)

    def beta(self, a: Any, b: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of [0, 1] of the beta distribution, as G(``a``) / (G(``a``) + G(``b``)) of gamma numbers."""
        return draw(self, "beta", (a, b), size, dtype, ctx)

    def chisquare(self, df: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the chi-square distribution with ``df`` degrees of freedom."""
        return draw(self, "chisquare", (df,), size, dtype, ctx)

    def noncentral_chisquare(self, df: Any, nonc: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the noncentral chi-square distribution. It takes two draws of the stream."""
        return draw(self, "noncentral_chisquare", (df, nonc), size, dtype, ctx)

    def f(self, dfnum: Any, dfden: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the F distribution with ``dfnum`` and ``dfden`` degrees of freedom."""
        return draw(self, "f", (dfnum, dfden), size, dtype, ctx)

    def noncentral_f(self, dfnum: Any, dfden: Any, nonc: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the noncentral F distribution. It takes two draws of the stream."""
        return draw(self, "noncentral_f", (dfnum, dfden, nonc), size, dtype, ctx)

    def standard_t(self, df: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of Student's t distribution with ``df`` degrees of freedom. It takes two draws of the stream."""
        return draw(self, "standard_t", (df,), size, dtype, ctx)

    def dirichlet(self, alpha: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Rows of numbers from 0 on whose sum is 1, of the Dirichlet distribution.

        Parameters
        ----------
        alpha : sequence or array of k numbers
        size : int or tuple of int, optional
            The shape of the rows; the result has an axis of length k more.

        Raises
        ------
        ArgumentError
            Where ``alpha`` is not of one dimension, or has negative numbers.
        """
        k = _length_of_rows("dirichlet", "alpha", alpha)
        rows = expected_size("dirichlet", size, [])
        logs = draw(self, "dirichlet", (alpha,), (*rows, k), dtype, ctx, name="loggamma")
        parts = elementwise.exp(logs - logs.max(axis=-1, keepdims=True)) if k else logs
        return parts / parts.sum(axis=-1, keepdims=True)

    def multivariate_normal(self, mean: Any, cov: Any, *_: Any, **__: Any) -> Array:
        """Not there yet: it needs a factorisation of ``cov``."""
        raise ArgumentError(
            "[random.multivariate_normal] needs a factorisation of cov, which clnd has none of; "
            "draw standard_normal((..., k)) @ L.T + mean with L from numpy.linalg.cholesky(cov)"
        )


def _length_of_rows(op: str, name: str, values: Any) -> int:
    """The length of a sequence or an array of one dimension."""
    shape = values.shape if isinstance(values, (Array, np.ndarray)) else np.shape(values)
    if len(shape) != 1:
        raise ArgumentError(f"[random.{op}] got {name} of shape {tuple(shape)}; expected one dimension")
    return int(shape[0])
