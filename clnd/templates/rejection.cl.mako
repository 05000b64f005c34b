## Draws by rejection: n elements of one draw of a stream, written from out[offset] on. What they are,
## to the bit, stands at the top of random.cl.mako.
##
## An element is made from its number in the draw alone, which follows from its place here by steps:
## a part of a draw can be made without the rest.
##
##   family    cpu: work-groups of one item, each a chunk of elements, in vectors. gpu: an item makes one
##             element at a time; items stride over the grid
##   kind      gamma, loggamma, ratio, poisson, binomial or integer
##   element   the CType stored
##   real      the CType of parameters and of what is computed: float or double; ulong for integers
##   operands  whether the parameters lie in memory, in the order of the elements; else they are numbers
##   count     how many parameters there are
##   rank      axes that elements are counted along, of which the last runs fastest
##   index     the C type that counts elements: uint up to 2^31 elements, else ulong
##   lanes     elements made at once
##   e         the epilogue that each element goes through before it is stored, at the width of a store; None for none
##   patterns  how its operands are walked
##
## The functions of lib/rejection loop until every lane has its element: with eight lanes most vectors
## take two or three rounds where one element takes one.
<%! from clnd.templates.ctype import CType %>
<%
    wide = min(lanes, 4)                       # elements of one store: a vector of 64-bit integers has 32 bytes
    t, stored = real.widened(lanes), element.widened(wide)
    u = t.uint
    out = element if e is None else e.memory_type(e.recipe.output_dtypes[0]).scalar
    numbers = [f"number{k}" for k in range(lanes)]
    parameters = "".join(f", p{k}" for k in range(count))

    def halves(part):
        """What the part's elements are of y."""
        return "y" if lanes == wide else f"y.{('lo', 'hi')[part]}"

    def made(part):
        if kind in ("poisson", "binomial"):
            return f"convert_{stored}({halves(part)})"
        return f"as_{stored}({halves(part)})"
%>
<%namespace name="epilogue" file="/lib/epilogue.cl.mako"/>
<%namespace name="axes" file="/lib/index.cl.mako"/>
__kernel
% if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% endif
void rejection(
    __global ${out} *all, const ulong offset, const ${index} n, const ${index} chunk,
    const uint k0, const uint k1, const uint d0, const uint d1, const ulong first\
% for d in range(rank):
, const ${index} length${d}, const ulong step${d}\
% endfor
% for k in range(count):
%   if operands:
, __global const ${real} *a${k}_, const ulong o${k}_\
%   else:
, const ${real} s${k}_\
%   endif
% endfor
% if e is not None:
${epilogue.parameters(e)}\
% endif
)
{
    __global ${out} *out = all + offset;
    const uint4 key = (uint4)(k0, k1, d0, d1);
% if e is not None:
${epilogue.constants(e)}
% endif
% if family == "cpu":
    const ${index} begin = (${index})get_group_id(0) * chunk, end = min(begin + chunk, n);
    for (${index} start = begin; start < end; start += ${lanes}) {
% else:
    const ${index} end = n;
    for (${index} start = (${index})get_global_id(0); start < end; start += chunk) {
% endif
        ## 1. The elements' numbers in the draw. Those beyond the last are made for nothing.
% for k, number in enumerate(numbers):
        ulong ${number} = first;
        {
            ${index} rest = start + ${k};
${axes.add_steps(index, "rest", [(f"length{d}", [(number, f"step{d}")]) for d in range(rank)])}
        }
% endfor
        ## 2. Parameters, and the elements.
% for k in range(count):
%   if not operands:
        const ${t} p${k} = (${t})(s${k}_);
%   elif lanes == 1:
        const ${t} p${k} = a${k}_[o${k}_ + start];
%   else:
        const ${t} p${k} = start + ${lanes} <= end ? load_${t}(a${k}_, o${k}_ + start) : load_some_${t}(a${k}_, o${k}_ + start, (int)(end - start));
%   endif
% endfor
% if kind == "integer":
        const ${t} y = integer_number_${t}((${t})(${", ".join(numbers)}), key${parameters});
% else:
%   if real.is_double:
        const ${u} lower = (${u})(${", ".join(f"{x} & 0xfffffffful" for x in numbers)}), upper = (${u})(${", ".join(f"{x} >> 32" for x in numbers)});
%   else:
        const ${u} lower = (${u})(${", ".join(f"(uint){x}" for x in numbers)}), upper = (${u})(${", ".join(f"(uint)({x} >> 32)" for x in numbers)});
%   endif
        const ${t} y = ${kind}_number_${t}(lower, upper, key${parameters});
% endif
        ## 3. To memory.
% for part in range(lanes // wide):
        {
            const ${index} j = start + ${part * wide};
            const ${stored} made = ${made(part)};
%   if wide == 1:
%       if e is None:
            out[j] = made;
%       else:
<% t_out = e.memory_type(e.recipe.output_dtypes[0]) %>
${epilogue.steps(e, patterns, "made", "0", "j", None)}
            store_${t_out}(result, out, j);
%       endif
%   elif e is None:
            if (j + ${wide} <= end)
                store_${stored}(made, out, j);
            else if (j < end)
                store_some_${stored}(made, out, j, (int)(end - j));
%   else:
<% t_out = e.memory_type(e.recipe.output_dtypes[0]) %>
            if (j + ${wide} <= end) {
${epilogue.steps(e, patterns, "made", "0", "j", None)}
                store_${t_out}(result, out, j);
            } else if (j < end) {
                const int left = (int)(end - j);
${epilogue.steps(e, patterns, "made", "0", "j", "left")}
                store_some_${t_out}(result, out, j, left);
            }
%   endif
        }
% endfor
    }
}
