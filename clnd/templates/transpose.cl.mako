## Copies a strided operand to contiguous memory where its fastest axis F is not the output's, L:
##   out[batch][f * out_f + l] = source[batch][f * source_f + l * source_l]
##
##   element    C type that elements are moved as; bits are kept
##   itemsize   its bytes
##   unit       True where source_f is 1
##   rank       number of batch axes
##   index      C type of offsets: "int" or "long"
##   tunables   the values of those below that the family has
##   streams    (cpu) whether the output is larger than caches, and its lines are aligned to vectors:
##              they are written past the caches then, where the compiler can say so, instead of being
##              read first, which is a third of the traffic
##
## CPU family: work-groups of one item, each of which moves up to LINES cache lines of the output's
## rows by FS values of f. Blocks are transposed in vector registers; a whole line of the output is
## written at a time, because lines that are written in part are read first, and evicted between.
##   LINES      cache lines along l in a group's tile
##   FS         values of f in a group's tile
##
## GPU family: work-groups of TILE x ROWS items. A tile of TILE x TILE elements goes through local
## memory, so that neighbouring items read and write neighbouring elements.
##   PAD        elements added to a row of the tile, so that a column of it meets all memory banks
<%def name="transposed(v, vector, width)">
<%
    # The rows in v (names of variables of type vector, width of them) become the columns: stage d
    # exchanges the off-diagonal blocks of d x d elements. Each line is one or two shuffles of a CPU.
    digits = "0123456789abcdef"
    stages = []
    d = 1
    while d < width:
        for i in range(width):
            if not i & d:
                low = ", ".join(f"{v[i + d]}_.s{digits[l - d]}" if l & d else f"{v[i]}_.s{digits[l]}" for l in range(width))
                high = ", ".join(f"{v[i + d]}_.s{digits[l]}" if l & d else f"{v[i]}_.s{digits[l + d]}" for l in range(width))
                stages.append((v[i], v[i + d], low, high))
        d *= 2
%>
% for x, y, low, high in stages:
{ const ${vector} ${x}_ = ${x}, ${y}_ = ${y}; ${x} = (${vector})(${low}); ${y} = (${vector})(${high}); }
% endfor
</%def>
<%def name="transposed_small(v, itemsize)">
<%
    # The same for elements of 1 or 2 bytes, 16 bytes of them in a ulong2: while blocks are smaller
    # than a ulong they are exchanged by masks and shifts, the last stage exchanges whole ulongs.
    stages = []
    width = 16 // itemsize
    d = 1
    while d < width:
        bits = 8 * itemsize * d
        mask = "0x%016xul" % sum(((1 << bits) - 1) << at for at in range(0, 64, 2 * bits))
        stages.append((bits, mask, [(v[i], v[i + d]) for i in range(width) if not i & d]))
        d *= 2
%>
% for bits, mask, pairs in stages:
%   for x, y in pairs:
%     if bits < 64:
{ const ulong2 x_ = ${x}, y_ = ${y}; ${x} = (x_ & ${mask}) | ((y_ & ${mask}) << ${bits}); ${y} = ((x_ >> ${bits}) & ${mask}) | (y_ & ~${mask}); }
%     else:
{ const ulong2 x_ = ${x}; ${x} = (ulong2)(x_.s0, ${y}.s0); ${y} = (ulong2)(x_.s1, ${y}.s1); }
%     endif
%   endfor
% endfor
</%def>
<%def name="parameters()">
    __global const ${element} *restrict source, const idx source_offset, const idx source_f, const idx source_l,
% for d in range(rank):
    const idx size${d}, const idx source_step${d}, const idx out_step${d},
% endfor
    const idx batch0, __global ${element} *restrict out, const idx out_offset, const idx out_f, const idx fs, const idx ls
</%def>
<%def name="start()">
    idx rest = batch0 + get_group_id(1);
    source += source_offset;
    out += out_offset;
% for d in reversed(range(rank)):
    source += rest % size${d} * source_step${d};
    out += rest % size${d} * out_step${d};
    rest /= size${d};
% endfor
</%def>
typedef ${index} idx;

% if family == "cpu":
<%
    LINES, FS = tunables["LINES"], tunables["FS"]
    W = {1: 16, 2: 8, 4: 8, 8: 4, 16: 1}[itemsize]
    V = "ulong2" if itemsize < 4 else f"{element}{W}"
    line = 64 // itemsize
%>
% if W > 1:
// Needs no more alignment than an element does.
typedef ${V} v_element __attribute__((aligned(${itemsize})));
% endif
% if streams:
#define STREAM(x, to) (*(to) = (x))
#define STREAMED()
#if defined(__has_builtin) && !defined(NO_STREAMS)
#if __has_builtin(__builtin_nontemporal_store) && __has_builtin(__sync_synchronize)
#undef STREAM
#undef STREAMED
#define STREAM(x, to) __builtin_nontemporal_store(x, to)
// Such stores are ordered by nothing else: another core may read the result when this group is done.
#define STREAMED() __sync_synchronize()
#endif
#endif
% endif
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void transpose(${parameters()})
{
    // Along f first: the source's lines are read on where the group before left off.
    const idx tiles = (fs + ${FS - 1}) / ${FS}, tile = get_group_id(0);
    const idx f_start = tile % tiles * ${FS}, l_start = tile / tiles * ${LINES * line};
    const idx l_end = ls - l_start < ${LINES * line} ? ls : l_start + ${LINES * line};
    const idx f_end = fs - f_start < ${FS} ? fs : f_start + ${FS};
    ${start()}
    idx l = l_start;
    for (; l + ${line} <= l_end; l += ${line}) {
        idx f = f_start;
% if unit and W > 1:
        for (; f + ${W} <= f_end; f += ${W}) {
            __global const ${element} *restrict from = source + l * source_l + f;
            __global ${element} *restrict to = out + f * out_f + l;
            for (int block = 0; block < ${line}; block += ${W}) {
%   for r in range(W):
                ${V} v${r} = *(__global const v_element *)(from + (block + ${r}) * source_l);
%   endfor
%   if itemsize < 4:
                ${transposed_small([f"v{r}" for r in range(W)], itemsize)}
%   else:
                ${transposed([f"v{r}" for r in range(W)], V, W)}
%   endif
%   for r in range(W):
%     if streams:
                STREAM(v${r}, (__global ${V} *)(to + ${r} * out_f + block));
%     else:
                *(__global v_element *)(to + ${r} * out_f + block) = v${r};
%     endif
%   endfor
            }
        }
% endif
        for (; f < f_end; f++)
            for (int i = 0; i < ${line}; i++)
                out[f * out_f + l + i] = source[f * source_f + (l + i) * source_l];
    }
    // The last line of a row may be a part of one.
    for (idx f = f_start; f < f_end; f++)
        for (idx i = l; i < l_end; i++)
            out[f * out_f + i] = source[f * source_f + i * source_l];
% if streams:
    STREAMED();
% endif
}
% else:
<%
    TILE, ROWS, PAD = tunables["TILE"], tunables["ROWS"], tunables["PAD"]
%>
__kernel __attribute__((reqd_work_group_size(${TILE * ROWS}, 1, 1)))
void transpose(${parameters()})
{
    __local ${element} block[${TILE * (TILE + PAD)}];
    const int x = get_local_id(0) % ${TILE}, y = get_local_id(0) / ${TILE};
    const idx tiles = (ls + ${TILE - 1}) / ${TILE}, tile = get_group_id(0);
    const idx l0 = tile % tiles * ${TILE}, f0 = tile / tiles * ${TILE};
    ${start()}
    for (int i = y; i < ${TILE}; i += ${ROWS})
        if (f0 + x < fs && l0 + i < ls)
            block[i * ${TILE + PAD} + x] = source[(f0 + x) * source_f + (l0 + i) * source_l];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = y; i < ${TILE}; i += ${ROWS})
        if (l0 + x < ls && f0 + i < fs)
            out[(f0 + i) * out_f + l0 + x] = block[x * ${TILE + PAD} + i];
}
% endif
