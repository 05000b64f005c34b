## The kernel gemm_add, for products whose chunks of k were shared out: it adds their sums in order. Names as in gemm.cl.mako.
##
## Launch: cpu ceil(size / count) groups of one item, each of which makes `count` scalars of C; gpu an item makes one of `size`.
<%
    T, S, W, comp = elements.computed, elements.stored, elements.width, len(elements.parts)
    load, store, narrow, plus = elements.load, elements.store, elements.narrow, elements.plus
%>
<%def name="add_one()">
                ${T} x = chunk_sums[one];
                if (!first) x = ${plus("sums[one]", "x")};
                for (idx chunk = 1; chunk < chunks; chunk++)
                    x = ${plus("x", "chunk_sums[chunk * size + one]")};
                if (last) c[one] = ${narrow("x", 1)};
                else sums[one] = x;
</%def>
// The sums of `chunks` chunks, `size` scalars each, added in order. The first one starts C, or adds to
// what waits in `sums` where `first` is 0; the result goes to C, or waits in `sums` where `last` is 0.
__kernel
% if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% endif
void gemm_add(__global const ${T} *restrict chunk_sums, const idx chunks, const idx size, const idx count,
    __global ${S} *restrict c, const idx c_offset, const idx first, const idx last, __global ${T} *restrict sums)
{
    c += ${comp} * c_offset;
% if family == "gpu":
    const idx one = get_global_id(0);
    if (one < size) {
${add_one()}
    }
% else:
    const idx start = get_group_id(0) * count, end = min(size, start + count);
    for (idx e = start; e < end; e += ${W}) {
        if (e + ${W} <= end) {
            __global const ${T} *from = chunk_sums + e;
            ${T}${W} x = ${load(0, "from", T)};
            if (!first) x = ${plus(load(0, "(sums + e)", T), "x")};
            for (idx chunk = 1; chunk < chunks; chunk++) {
                from += size;
                x = ${plus("x", load(0, "from", T))};
            }
            if (last) ${store(narrow("x", W), 0, "(c + e)")}
            else ${store("x", 0, "(sums + e)", T)}
        } else {
            for (idx one = e; one < end; one++) {
${add_one()}
            }
        }
    }
% endif
}
