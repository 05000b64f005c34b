## Copies elements of one size from strided places to strided places; bits are kept.
##
##   element  uchar, ushort, uint, ulong or ulong2, by the element's size
##   rank     axes after collapsing
##   ordered  the source's first axis is read in the order of an array of int64, all of them places on it
##   family, index, and the launch   as in elementwise.cl.mako
##
## A source stride of 0 repeats an element. Destinations never overlap.
<% signed_index = "int" if index == "uint" else "long" %>
__kernel
% if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% endif
void copy(__global const ${element} *a, const long oa, __global ${element} *b, const long ob,
% for d in range(rank):
    const ${index} d${d}, const ${signed_index} sa${d}, const ${signed_index} sb${d},
% endfor
    const ${index} n, const ${index} chunk\
% if ordered:
, __global const long *order, const long oo\
% endif
)
{
% if family == "cpu":
    ${index} i = (${index})get_group_id(0) * chunk;
    const ${index} end = min(n - i, chunk) + i;
% else:
    ${index} i = (${index})get_global_id(0);
    const ${index} end = n;
% endif
    while (i < end) {
        ${index} rest = i;
        long pa = oa, pb = ob;
% for d in range(rank - 1, -1, -1):
        const ${index} up${d} = ${f"rest / d{d}" if d else "0"};
        const ${index} at${d} = rest - up${d} * d${d};
        rest = up${d};
        pa += (long)${f"order[oo + at{d}]" if ordered and not d else f"at{d}"} * sa${d};
        pb += (long)at${d} * sb${d};
% endfor
% if family == "cpu":
        const ${index} stop = min(end, i + (d${rank - 1} - at${rank - 1}));
        const ${index} run = stop - i;
        __global const ${element} *from = a + pa;
        __global ${element} *to = b + pb;
% if ordered and rank == 1:
        for (${index} k = 0; k < run; k++) to[(long)k * sb0] = a[oa + order[oo + at0 + k] * sa0];
% else:
        if (sa${rank - 1} == 1 && sb${rank - 1} == 1)
            for (${index} k = 0; k < run; k++) to[k] = from[k];
        else
            for (${index} k = 0; k < run; k++) to[(long)k * sb${rank - 1}] = from[(long)k * sa${rank - 1}];
% endif
        i = stop;
% else:
        b[pb] = a[pa];
        if (end - i <= (${index})get_global_size(0)) break;
        i += (${index})get_global_size(0);
% endif
    }
}
