## Products on GPUs: the kernel gemm. Names as in gemm.cl.mako.
##
## Work-groups of WM x WN items, each item TM x TN elements of C; blocks of A and B with BK values of k
## go through local memory. BK divides KC. layout has
##   chunks     "one" where k <= KC; "many": sums of chunks wait in memory, because a second set of accumulators would take the
##              registers of a second work-group; "split": as split
##   a, b       neighbours of A and of B that are loaded as one vector of 16 bytes: they lie aligned, and are all there or none
##   c          neighbours of C that are stored as one vector; 1 with an epilogue
##   waits      (many) neighbours in a vector of the sums that wait
##   split      True: a group takes `each` chunks
## tunables has
##   WM, WN     rows and columns of items in a group
##   TM, TN     rows and columns of C that an item makes
##   BK         values of k in a block
##   PAD        elements added to a row of a block in local memory, against bank conflicts
##   AHEAD      1: the next block is read into registers while this one is multiplied
##
## Launch, in groups of WM * WN items: (tiles, matrices), and where k is split (tiles * chunks / each, 1).
<%namespace name="batch" file="batch.cl.mako"/>
<%namespace name="epilogue" file="/lib/epilogue.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    T, S, parts = elements.computed, elements.stored, elements.parts
    comp = len(parts)
    widen, narrow, madd, cmadd, plus = elements.widen, elements.narrow, elements.madd, elements.cmadd, elements.plus
    WM, WN, TM, TN, BK, PAD, AHEAD = (tunables[name] for name in ("WM", "WN", "TM", "TN", "BK", "PAD", "AHEAD"))
    chunks = layout["chunks"]
    BM, BN, items = WM * TM, WN * TN, WM * WN
    U = min(16 // elements.nbytes, TM, TN)   # neighbours that an item owns: read as one vector
    many, split = chunks == "many", chunks == "split"
    # What is stored: sums of single chunks, products, or what the epilogue makes of them. Parts count an element's scalars.
    gives = None if e is None else e.memory_type(e.recipe.output_dtypes[0])
    C = T if split else S if e is None else gives.scalar
    c_parts = comp if e is None else 2 if gives.is_complex else 1
    names_given = [] if e is None else [
        *(f"a{k}, o{k}, row{k}" for k in e.buffers if k), *(p.rsplit(" ", 1)[1] for s in e.scalar_parameters() for p in s.split(", ")),
    ]
    # Vectors of a block that an item loads, and whether that is as many for each item.
    loads = {"a": BM * BK // layout["a"], "b": BN * BK // layout["b"]}
    shares = {which: -(-count // items) for which, count in loads.items()}
    exact = {which: count % items == 0 for which, count in loads.items()}
    # About 64 multiply-adds of 4 bytes in the body (32 of integers, whose products wait in registers) of the innermost loop: more of them take more registers, and long to compile. Where a step has as
    # many, there is one loop for short blocks and whole ones: at the end of two, compilers move all accumulators.
    unroll = min(BK, max(1, (128 if elements.is_int or elements.is_bool else 256) // (TM * TN * comp * comp * elements.nbytes)))

    def place(element, id, count):
        """Where in the block lies element number `element` of those that item `id` of `count` owns."""
        return f"{element // U * count * U + element % U} + {id} * {U}"
    names = [f"{i}_{j}" for i in range(TM) for j in range(TN)]
%>
<%def name="step()">
## One step of k: each value that an item needs is read once.
%   for part in parts:
%     for i in range(TM):
                const ${T} a${part}${i} = a_block${part}[p * ${BM + PAD} + ${place(i, "y", WM)}];
%     endfor
%     for j in range(TN):
                const ${T} b${part}${j} = b_block${part}[p * ${BN + PAD} + ${place(j, "x", WN)}];
%     endfor
%   endfor
%   for i in range(TM):
%     for j in range(TN):
%       if comp == 2:
                ${cmadd(T, f"are{i}", f"aim{i}", f"bre{j}", f"bim{j}", f"cre{i}_{j}", f"cim{i}_{j}")}
%       else:
                c${i}_${j} = ${madd(T, f"a{i}", f"b{j}", f"c{i}_{j}")};
%       endif
%     endfor
%   endfor
</%def>
<%def name="each_load(which)">
## Opens the block for each vector that an item loads of a block of A, or of B: x_ and p are its place there.
<%
    edge, fast, V = (BM, a_fast == "m", layout["a"]) if which == "a" else (BN, b_fast != "k", layout["b"])
    share = shares[which]
%>
%   if share > 1:
            #pragma unroll
%   endif
            ${each("s", share, share)}
                const int e = item + s * ${items};
                // Neighbouring items read along the axis that is contiguous in memory.
%   if fast:
                const int x_ = e % ${edge // V}${f" * {V}" if V > 1 else ""}, p = e / ${edge // V};
%   else:
                const int x_ = e / ${BK // V}, p = e % ${BK // V}${f" * {V}" if V > 1 else ""};
%   endif
</%def>
<%def name="fetch(which)">
## The block of A, or of B, that begins at k = kb, from memory to registers, as it is stored.
<%
    edge, V = (BM, layout["a"]) if which == "a" else (BN, layout["b"])
    size, start, along, across = ("m", "i0", "a_row", "a_col") if which == "a" else ("n", "j0", "b_col", "b_row")
    lanes = V * comp
%>
${each_load(which)}
                const int inside = ${"" if exact[which] else f"e < {edge * BK // V} && "}${start} + x_ < ${size} && p < k_last - kb;
                const idx at = ${which}_start + (${start} + x_) * ${along} + (kb + p) * ${across};
                next_${which}[s] = 0;
                if (inside) next_${which}[s] = ${f"((__global const {S}{lanes} *)(({which}) + {comp} * (at)))[0]" if lanes > 1 else f"{which}[at]"};
            }
</%def>
<%def name="settle(which)">
## What was fetched, from registers to local memory, as it is computed with.
<%
    edge, fast, V = (BM, a_fast == "m", layout["a"]) if which == "a" else (BN, b_fast != "k", layout["b"])
    lanes = V * comp
    lane = lambda k: widen(f"next_{which}[s]" + (f".s{k:x}" if lanes > 1 else ""), 1)
%>
${each_load(which)}
%   if not exact[which]:
                if (e < ${edge * BK // V}) {
%   endif
%   for c in range(comp):
<% block = f"{which}_block{parts[c]}" %>
%     if fast and V > 1:
<% W = min(V, 16 // elements.nbytes) %>
%       for first in range(0, V, W):
                *(__local ${T}${W} *)(${block} + p * ${edge + PAD} + x_${f" + {first}" if first else ""}) = (${T}${W})(${", ".join(lane((first + k) * comp + c) for k in range(W))});
%       endfor
%     else:
%       for v in range(V):
                ${block}[${f"(p + {v})" if v else "p"} * ${edge + PAD} + x_] = ${lane(v * comp + c)};
%       endfor
%     endif
%   endfor
%   if not exact[which]:
                }
%   endif
            }
</%def>
<%def name="store_tile(to, t, V, value, late='')">
## What is there of an item's elements, as `value` makes them of the accumulators, V neighbours at once to memory of type t.
%   for i in range(TM):
    {
        const idx row = ${late}i0 + ${place(i, "y", WM)};
%     for j in range(0, TN, V):
        {
            const idx column = j0 + ${place(j, "x", WN)};
            if (row < m && column < n) {
<% values = [value(f"c{part}{i}_{j + v}", 1) for v in range(V) for part in parts] %>
%       if len(values) > 1:
                *(__global ${t}${len(values)} *)(${to} + ${comp} * (row * n + column)) = (${t}${len(values)})(${", ".join(values)});
%       else:
                ${to}[row * n + column] = ${values[0]};
%       endif
            }
        }
%     endfor
    }
%   endfor
</%def>
<%def name="add_waiting()">
## What waits in memory goes before the sums of this chunk.
<% V, lanes = layout["waits"], layout["waits"] * comp %>
%   for i in range(TM):
    {
        const idx row = late + i0 + ${place(i, "y", WM)};
%     for j in range(0, TN, V):
        {
            const idx column = j0 + ${place(j, "x", WN)};
            if (row < m && column < n) {
                const ${T}${lanes if lanes > 1 else ""} t = *(__global const ${T}${lanes if lanes > 1 else ""} *)(waiting + ${comp} * (row * n + column));
%       for v in range(V):
%         for q, part in enumerate(parts):
                c${part}${i}_${j + v} = ${plus(f"t.s{v * comp + q:x}" if lanes > 1 else "t", f"c{part}{i}_{j + v}")};
%         endfor
%       endfor
            }
        }
%     endfor
    }
%   endfor
</%def>
<%def name="finish_tile()">
## What is there of an item's elements, through the epilogue.
%   for i in range(TM):
    {
        const idx row = i0 + ${place(i, "y", WM)};
%     for j in range(TN):
        {
            const idx column = j0 + ${place(j, "x", WN)};
            if (row < m && column < n)
                finish(${", ".join(narrow(f"c{part}{i}_{j}", 1) for part in parts)}, (long)batch * m + row, column, row * n + column, to${"".join(", " + name for name in names_given)});
        }
%     endfor
    }
%   endfor
</%def>
% if e is not None:
<%
    made = e.input_memory(0)
%>
// One element through the epilogue to its place. A function, because a work-item has many.
static inline void finish(${", ".join(f"const {S} made{p}" for p in parts)}, const long row, const idx column, const long at,
    __global ${gives.scalar} *c${epilogue.parameters(e)})
{
${epilogue.constants(e)}
%   if comp == 2:
    ${made} made;
    made.re = madere;
    made.im = madeim;
%   endif
${epilogue.steps(e, patterns, "made" if comp == 2 or not elements.is_int else f"({made})made", "row", "column", None)}
    store_${gives}(result, c, at);
}
% endif
// Group (tile, batch) makes ${BM} x ${BN} of C. All items take every loop and every barrier alike.
// Where k is split, the first axis of groups counts (part, tile), a group has `each` chunks of
// k_begin..k_end, and c is the scratch memory: a matrix m x n for each of these chunks.
__kernel __attribute__((reqd_work_group_size(${items}, 1, 1)))
void gemm(__global const ${S} *restrict a, const idx a_offset, const idx a_row, const idx a_col,
    __global const ${S} *restrict b, const idx b_offset, const idx b_row, const idx b_col,
    ${batch.parameters()}
    const idx batch0, __global ${C} *c, const idx c_offset, const idx m, const idx n, const idx k
% if split:
    , const idx k_begin, const idx k_end, const idx each
% endif
% if many:
    , __global ${T} *waiting // may be c
% endif
% if e is not None:
${epilogue.parameters(e)}
% endif
    )
{
% for part in parts:
    __local ${T} a_block${part}[${BK * (BM + PAD)}] __attribute__((aligned(16)));
    __local ${T} b_block${part}[${BK * (BN + PAD)}] __attribute__((aligned(16)));
% endfor
% for which in "ab":
<% lanes = layout[which] * comp %>
    ${S}${lanes if lanes > 1 else ""} next_${which}[${shares[which]}];
% endfor
    const int item = get_local_id(0), x = item % ${WN}, y = item / ${WN};
    const idx across = (n + ${BN - 1}) / ${BN}, batch = batch0 + get_group_id(1);
% if split:
    const idx tiles = across * ((m + ${BM - 1}) / ${BM}), group = get_group_id(0) % tiles;
    const idx k_first = k_begin + get_group_id(0) / tiles * each * ${KC};
    const idx k_last = k_end - k_first < each * ${KC} ? k_end : k_first + each * ${KC};
% else:
    const idx group = get_group_id(0), k_first = 0, k_last = k;
% endif
    const idx i0 = group / across * ${BM}, j0 = group % across * ${BN};
    idx a_start = a_offset, b_start = b_offset;
    ${batch.offsets("ab")}
    ${T} ${", ".join(f"c{part}{name} = 0" for name in names for part in parts)};
    __global ${C} *to = c + ${c_parts} * (c_offset + (batch${" + (k_first - k_begin) / %d" % KC if split else ""}) * m * n);
% if many:
    waiting += ${comp} * (batch * m * n);
% endif
    idx kb = k_first;
% if AHEAD:
${fetch("a")}
${fetch("b")}
% endif
    for (idx k0 = k_first; k0 < k_last; k0 += ${KC}) {
        const idx k1 = k_last - k0 < ${KC} ? k_last : k0 + ${KC};
        while (kb < k1) {
            const int count = k1 - kb < ${BK} ? (int)(k1 - kb) : ${BK};
% if not AHEAD:
${fetch("a")}
${fetch("b")}
% endif
            // Everybody has read the last block before this one takes its place.
            barrier(CLK_LOCAL_MEM_FENCE);
${settle("a")}
${settle("b")}
            barrier(CLK_LOCAL_MEM_FENCE);
            kb += count;
% if AHEAD:
            // Beyond the end nothing is read.
${fetch("a")}
${fetch("b")}
% endif
            // The last block of a chunk may be short; nothing beyond k may be added, not even 0.
% if unroll > 1:
            if (count == ${BK}) {
                #pragma unroll ${unroll}
                ${each("p", BK, BK)}
${step()}
                }
            } else {
% endif
                #pragma unroll 1
                for (int p = 0; p < count; p++) {
${step()}
                }
% if unroll > 1:
            }
% endif
        }
% if many or split:
        // 0, which compilers do not see: else they compute the places of all elements ahead of the loop, and keep them in registers.
        const idx late = kb - k1;
% endif
% if split:
${store_tile("to", T, layout["c"], lambda x, w: x, "late + ")}
        to += ${comp} * (m * n);
% elif many:
        if (k0 != 0) {
${add_waiting()}
        }
        if (k1 == k_last) break;
${store_tile("waiting", T, layout["waits"], lambda x, w: x, "late + ")}
% endif
% if many or split:
        ${" ".join(f"c{part}{name} = 0;" for name in names for part in parts)}
% endif
    }
% if e is not None:
${finish_tile()}
% elif not split:
${store_tile("to", S, layout["c"], narrow)}
% endif
}
