## Copies elements of one size from strided places to strided places; bits are kept.
##   TYPE   uchar, ushort, uint, ulong or ulong2, by the element's size
##   RANK   axes after collapsing
##   ORDERED  the source's first axis is read in the order of an array of int64, all of them places on it
##   FAMILY, IDX as in elementwise.cl.mako
## A source stride of 0 repeats an element. Destinations never overlap.
<% SIDX = "int" if IDX == "uint" else "long" %>
__kernel
% if FAMILY == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% endif
void copy(__global const ${TYPE} *a, const long oa, __global ${TYPE} *b, const long ob,
% for d in range(RANK):
    const ${IDX} d${d}, const ${SIDX} sa${d}, const ${SIDX} sb${d},
% endfor
    const ${IDX} n, const ${IDX} chunk\
% if ORDERED:
, __global const long *order, const long oo\
% endif
)
{
% if FAMILY == "cpu":
    ${IDX} i = (${IDX})get_group_id(0) * chunk;
    const ${IDX} end = min(n - i, chunk) + i;
% else:
    ${IDX} i = (${IDX})get_global_id(0);
    const ${IDX} end = n;
% endif
    while (i < end) {
        ${IDX} rest = i;
        long pa = oa, pb = ob;
% for d in range(RANK - 1, -1, -1):
        const ${IDX} up${d} = ${f"rest / d{d}" if d else "0"};
        const ${IDX} at${d} = rest - up${d} * d${d};
        rest = up${d};
        pa += (long)${f"order[oo + at{d}]" if ORDERED and not d else f"at{d}"} * sa${d};
        pb += (long)at${d} * sb${d};
% endfor
% if FAMILY == "cpu":
        const ${IDX} stop = min(end, i + (d${RANK - 1} - at${RANK - 1}));
        const ${IDX} run = stop - i;
        __global const ${TYPE} *from = a + pa;
        __global ${TYPE} *to = b + pb;
% if ORDERED and RANK == 1:
        for (${IDX} k = 0; k < run; k++) to[(long)k * sb0] = a[oa + order[oo + at0 + k] * sa0];
% else:
        if (sa${RANK - 1} == 1 && sb${RANK - 1} == 1)
            for (${IDX} k = 0; k < run; k++) to[k] = from[k];
        else
            for (${IDX} k = 0; k < run; k++) to[(long)k * sb${RANK - 1}] = from[(long)k * sa${RANK - 1}];
% endif
        i = stop;
% else:
        b[pb] = a[pa];
        if (end - i <= (${IDX})get_global_size(0)) break;
        i += (${IDX})get_global_size(0);
% endif
    }
}
