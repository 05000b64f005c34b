## C = A @ B for a batch of matrices, in the canonical order of products: k is cut into chunks of KC
## consecutive values; inside a chunk acc = fma(a_k, b_k, acc) from +0 with k ascending; the chunks'
## results are added in ascending order. Panels are padded in m and n, never in k.
##
##   elements   how elements are spelled in C (templates/products.py)
##   family     "cpu" or "gpu"
##   tunables   the values of those that the family has
##   KC         values of k in a chunk: a constant of the canonical order, not a tunable
##   a_fast     the axis along which A is contiguous: "k", "m" or "any"
##   b_fast     the axis along which B is contiguous: "n", "k" or "any"
##   rank       number of batch axes that are left after merging
##   index      C type of offsets: "int" or "long"
##   layout     what is particular to the family, see there; split: True where chunks of k are shared out among
##              groups. The sum of each chunk goes to scratch memory of its own then, and gemm_add adds them in order
##   e          the epilogue that elements go through before they are stored (kernels/emit.py), at the
##              family's width; None for none. patterns: how its operands are walked
##   in_place   (cpu, with e) whether results are as large as products and take their place in C
##
## The families' kernels, their layouts, tunables and launches stand in gemm/cpu.cl.mako and gemm/gpu.cl.mako.
typedef ${index} idx;
% for t in sorted({elements.stored, elements.computed}):
typedef ${t}${elements.width} v_${t} __attribute__((aligned(sizeof(${t}))));
% endfor

% if family == "cpu":
<%include file="gemm/cpu.cl.mako"/>
% else:
<%include file="gemm/gpu.cl.mako"/>
% endif
% if layout["split"]:
<%include file="gemm/add.cl.mako"/>
% endif
