## Copies a strided operand to contiguous memory; F is an axis of it, by rule its fastest, L the output's last:
##   out[batch][f * out_f + l] = source[batch][f * source_f + l * source_l]
##
##   element    C type that elements are moved as; bits are kept
##   itemsize   its bytes
##   unit       True where source_f is 1
##   rank       number of batch axes
##   index      C type of offsets: "int" or "long"
##   tunables   the values of those below that the family has
##   pattern    (cpu) "tiles"; "interleave": L is all of a few channels, F the pixels beside it;
##              "deinterleave": F is all of a few channels, which lie beside L in the source;
##              "runs": L is the source's fastest axis too, F the next in the source's order
##   tile_f, tile_l  elements along F and L of a group's part (of "interleave" and "deinterleave" one is the channels)
##   vector_bytes  (cpu) of the vectors that blocks are transposed in: of 1- and 2-byte elements several side by side
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
##   at_once    elements that an item reads and writes at once: 16 bytes where all such are aligned and whole, or 1
<%namespace name="cache" file="/lib/cache.cl.mako"/>
<%namespace name="shuffles" file="/lib/shuffles.cl.mako"/>
<%! from clnd.templates.loops import each %>
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
<%def name="store(value, vector, unaligned, to)">
% if streams:
STREAM(${value}, (__global ${vector} *)(${to}));\
% else:
*(__global ${unaligned} *)(${to}) = ${value};\
% endif
</%def>
typedef ${index} idx;

% if family == "cpu":
<%
    W = {1: 16, 2: 8, 4: vector_bytes // 4, 8: vector_bytes // 8, 16: 2}[itemsize]
    V = {1: "ulong2", 2: "ulong2", 16: "ulong4"}.get(itemsize, f"{element}{W}")
    line = 64 // itemsize
    # Channels are moved in vectors of 16 bytes, P elements.
    P = 16 // itemsize
    pixels = f"{element}{P}" if P > 1 else element
    def of(v, at):
        return f"{v}.s{at:x}" if P > 1 else v
    # Blocks of so small elements are narrower than a line, which is kept together in private memory then.
    staged = pattern == "tiles" and unit and itemsize < 4
    beside = vector_bytes // 16
%>
// These need no more alignment than an element does.
typedef ${V} v_element __attribute__((aligned(${itemsize})));
typedef ulong4 half_line __attribute__((aligned(${itemsize})));
% if staged:
typedef ulong${2 * beside} side_by_side __attribute__((aligned(${itemsize})));
% endif
typedef ${pixels} pixels __attribute__((aligned(${itemsize})));
% if streams:
${cache.streams()}
% endif
${cache.prefetch()}
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void transpose(${parameters()})
{
    // Along f first: the source's lines are read on where the group before left off.
    const idx tiles = (fs + ${tile_f - 1}) / ${tile_f}, tile = get_group_id(0);
    const idx f_start = tile % tiles * ${tile_f}, l_start = tile / tiles * ${tile_l};
    const idx l_end = ls - l_start < ${tile_l} ? ls : l_start + ${tile_l};
    const idx f_end = fs - f_start < ${tile_f} ? fs : f_start + ${tile_f};
    ${start()}
% if pattern == "runs":
    for (idx f = f_start; f < f_end; f++) {
        __global const ${element} *restrict from = source + f * source_f;
        __global ${element} *restrict to = out + f * out_f;
        idx l = l_start;
        for (; l + ${line // 2} <= l_end; l += ${line // 2})
            ${store("*(__global const half_line *)(from + l)", "ulong4", "half_line", "to + l")}
        for (; l < l_end; l++)
            to[l] = from[l];
    }
% elif pattern == "interleave":
<% N = tile_l %>
    idx f = f_start;
    for (; f + ${P} <= f_end; f += ${P}) {
        __global ${element} *restrict to = out + f * ${N};
%   for c in range(N):
        const ${pixels} v${c} = *(__global const pixels *)(source + ${c} * source_l + f);
%   endfor
%   for k in range(N):
        ${store(f"({pixels})(" + ", ".join(of(f"v{p % N}", p // N) for p in range(k * P, k * P + P)) + ")", pixels, "pixels", f"to + {k * P}")}
%   endfor
    }
    for (; f < f_end; f++)
        ${each("c", N, N)}
            out[f * ${N} + c] = source[c * source_l + f];
        }
% elif pattern == "deinterleave":
<% N = tile_f %>
    idx l = l_start;
    // A whole line of each channel: the lines of many channels would be evicted between their parts.
    for (; l + ${line} <= l_end; l += ${line}) {
        __global const ${element} *restrict from = source + l * ${N};
%   for k in range(N * line // P):
        const ${pixels} v${k} = *(__global const pixels *)(from + ${k * P});
%   endfor
%   for c in range(N):
%     for first in range(c, N * line, N * P):
        ${store(f"({pixels})(" + ", ".join(of(f"v{p // P}", p % P) for p in range(first, first + N * P, N)) + ")", pixels, "pixels", f"out + {c} * out_f + l + {first // N}")}
%     endfor
%   endfor
    }
    for (; l < l_end; l++)
        ${each("c", N, N)}
            out[c * out_f + l] = source[l * ${N} + c];
        }
% else:
    idx l = l_start;
    while (l + ${W} <= l_end) {
        // A line, or as many whole blocks as are left.
        const idx span = l + ${line} <= l_end ? ${line} : (l_end - l) / ${W} * ${W};
        idx f = f_start;
% if staged:
        for (; span == ${line} && f + ${line} <= f_end; f += ${line}) {
            __global const ${element} *restrict from = source + l * source_l + f;
            ulong4 columns[${2 * line}];
            ${each("r", line, line, W)}
                ${each("c", line, line, W * beside)}
                    __global const ${element} *blocks = from + r * source_l + c;
                    ${element} *turned = (${element} *)columns + c * ${line} + r;
%   for r in range(W):
                    PREFETCH(blocks + ${r} * source_l + ${line});
%   endfor
%   for r in range(W):
                    ulong${2 * beside} v${r} = *(__global const side_by_side *)(blocks + ${r} * source_l);
%   endfor
                    ${shuffles.transposed_small([f"v{r}" for r in range(W)], itemsize, beside)}
%   for r in range(W):
%     for b in range(beside):
                    *(ulong2 *)(turned + ${(b * W + r) * line}) = v${r}.s${2 * b}${2 * b + 1};
%     endfor
%   endfor
                }
            }
            ${each("c", line, line)}
                __global ${element} *to = out + (f + c) * out_f + l;
                ${store("columns[2 * c]", "ulong4", "half_line", "to")}
                ${store("columns[2 * c + 1]", "ulong4", "half_line", f"to + {line // 2}")}
            }
        }
% endif
% if unit:
        for (; f + ${W} <= f_end; f += ${W}) {
            __global const ${element} *restrict from = source + l * source_l + f;
            __global ${element} *restrict to = out + f * out_f + l;
            ${each("block", "span", line, W)}
%   if not staged:
                // The next line of each row: to the hardware these are too many streams to follow.
%     for r in range(W):
                PREFETCH(from + (block + ${r}) * source_l + ${line});
%     endfor
%   endif
%   for r in range(W):
                ${V} v${r} = *(__global const v_element *)(from + (block + ${r}) * source_l);
%   endfor
%   if itemsize == 16:
                { const ulong4 x_ = v0; v0 = (ulong4)(x_.lo, v1.lo); v1 = (ulong4)(x_.hi, v1.hi); }
%   elif itemsize < 4:
                ${shuffles.transposed_small([f"v{r}" for r in range(W)], itemsize)}
%   else:
                ${shuffles.transposed([f"v{r}" for r in range(W)], V, W)}
%   endif
%   for r in range(W):
                ${store(f"v{r}", V, "v_element", f"to + {r} * out_f + block")}
%   endfor
            }
        }
% endif
        for (; f < f_end; f++)
            for (int i = 0; i < span; i++)
                out[f * out_f + l + i] = source[f * source_f + (l + i) * source_l];
        l += span;
    }
    // The end of a row may be less than a block.
    for (idx f = f_start; f < f_end; f++)
        for (idx i = l; i < l_end; i++)
            out[f * out_f + i] = source[f * source_f + i * source_l];
% endif
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
<%
    EACH = TILE // at_once      # vectors in a row of the tile
    STEP = TILE * ROWS // EACH  # rows that the group moves at once
    moved = element + (str(at_once) if at_once > 1 else "")
    lanes = "0123456789abcdef"
%>
    __local ${element} block[${TILE * (TILE + PAD)}];
    const int x = get_local_id(0) % ${EACH}${f" * {at_once}" if at_once > 1 else ""}, y = get_local_id(0) / ${EACH};
    const idx tiles = (ls + ${TILE - 1}) / ${TILE}, tile = get_group_id(0);
    const idx l0 = tile % tiles * ${TILE}, f0 = tile / tiles * ${TILE};
    ${start()}
    for (int i = y; i < ${TILE}; i += ${STEP})
        if (f0 + x < fs && l0 + i < ls)${"" if at_once == 1 else " {"}
%   if at_once == 1:
            block[i * ${TILE + PAD} + x] = source[(f0 + x) * source_f + (l0 + i) * source_l];
%   else:
            const ${moved} v = *(__global const ${moved} *)(source + f0 + x + (l0 + i) * source_l);
%     for k in range(at_once):
            block[i * ${TILE + PAD} + x + ${k}] = v.s${lanes[k]};
%     endfor
        }
%   endif
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = y; i < ${TILE}; i += ${STEP})
        if (l0 + x < ls && f0 + i < fs)
%   if at_once == 1:
            out[(f0 + i) * out_f + l0 + x] = block[x * ${TILE + PAD} + i];
%   else:
            *(__global ${moved} *)(out + (f0 + i) * out_f + l0 + x) = (${moved})(${", ".join(f"block[(x + {k}) * {TILE + PAD} + i]" for k in range(at_once))});
%   endif
}
% endif
