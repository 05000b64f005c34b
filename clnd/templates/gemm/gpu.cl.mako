## Products on GPUs: the kernel gemm. Names as in gemm.cl.mako.
##
## Work-groups of WM x WN items, each item TM x TN elements of C; blocks of A and B with BK values of k
## go through local memory. BK divides KC. layout has
##   chunks     "one" where k <= KC; "many": a second set of accumulators; "split": as split
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
    a_share, b_share = -(-BM * BK // items), -(-BN * BK // items)     # elements of a block that an item reads
    # About 128 multiply-adds in the body of the innermost loop; far more only take long to compile.
    unroll = min(BK, max(1, 128 // (TM * TN * comp * comp)))

    def place(element, id, count):
        """Where in the block lies element number `element` of those that item `id` of `count` owns."""
        return f"{element // U * count * U + element % U} + {id} * {U}"
    names = [f"{i}_{j}" for i in range(TM) for j in range(TN)]
    sums = [("c" if not many else "t") + p + name for name in names for p in parts]
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
<%def name="fetch(which, target)">
## The block of A, or of B, that begins at k = kb, element by element, from memory to `target`.
<%
    edge, share, fast = (BM, a_share, a_fast == "m") if which == "a" else (BN, b_share, b_fast != "k")
    size, start, along, across = ("m", "i0", "a_row", "a_col") if which == "a" else ("n", "j0", "b_col", "b_row")
%>
%   if share > 1:
            #pragma unroll
%   endif
            ${each("s", share, share)}
                const int e = item + s * ${items};
                // Neighbouring items read along the axis that is contiguous in memory.
%   if fast:
                const int x_ = e % ${edge}, p = e / ${edge};
%   else:
                const int x_ = e / ${BK}, p = e % ${BK};
%   endif
                const int inside = e < ${edge * BK} && ${start} + x_ < ${size} && p < k_last - kb;
                const idx at = ${comp} * (${which}_start + (${start} + x_) * ${along} + (kb + p) * ${across});
%   for c in range(comp):
                ${target(which, c)} = inside ? ${widen(f"{which}[at + {c}]", 1)} : 0;
%   endfor
            }
</%def>
<%def name="settle(which)">
## What was fetched, from registers to local memory.
<%
    edge, share, fast = (BM, a_share, a_fast == "m") if which == "a" else (BN, b_share, b_fast != "k")
%>
%   if share > 1:
            #pragma unroll
%   endif
            ${each("s", share, share)}
                const int e = item + s * ${items};
%   if fast:
                const int x_ = e % ${edge}, p = e / ${edge};
%   else:
                const int x_ = e / ${BK}, p = e % ${BK};
%   endif
                if (e < ${edge * BK}) {
%   for c in range(comp):
                    ${which}_block${parts[c]}[p * ${edge + PAD} + x_] = next_${which}${parts[c]}[s];
%   endfor
                }
            }
</%def>
<%def name="store_tile(sums, result)">
## What is there of an item's elements, as `result` makes them of the accumulators `sums`, to memory or through the epilogue.
%   for i in range(TM):
    {
        const idx row = i0 + ${place(i, "y", WM)};
%     for j in range(TN):
        {
            const idx column = j0 + ${place(j, "x", WN)};
            if (row < m && column < n) {
<% values = [result(f"{sums}{part}{i}_{j}", 1) for part in parts] %>
%       if e is not None:
                finish(${", ".join(values)}, (long)batch * m + row, column, row * n + column, to${"".join(", " + name for name in names_given)});
%       else:
%         for q in range(comp):
                to[${comp} * (row * n + column) + ${q}] = ${values[q]};
%         endfor
%       endif
            }
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
<% registers = lambda which, c: f"next_{which}{parts[c]}[s]" %>
// Group (tile, batch) makes ${BM} x ${BN} of C. All items take every loop and every barrier alike.
// Where k is split, the first axis of groups counts (part, tile), a group has `each` chunks of
// k_begin..k_end, and c is the scratch memory: a matrix m x n for each of these chunks.
__kernel __attribute__((reqd_work_group_size(${items}, 1, 1)))
void gemm(__global const ${S} *restrict a, const idx a_offset, const idx a_row, const idx a_col,
    __global const ${S} *restrict b, const idx b_offset, const idx b_row, const idx b_col,
    ${batch.parameters()}
    const idx batch0, __global ${C} *restrict c, const idx c_offset, const idx m, const idx n, const idx k
% if split:
    , const idx k_begin, const idx k_end, const idx each
% endif
% if e is not None:
${epilogue.parameters(e)}
% endif
    )
{
% for part in parts:
    __local ${T} a_block${part}[${BK * (BM + PAD)}] __attribute__((aligned(16)));
    __local ${T} b_block${part}[${BK * (BN + PAD)}] __attribute__((aligned(16)));
    ${T} next_a${part}[${a_share}], next_b${part}[${b_share}];
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
% if many:
    ${T} ${", ".join(name + " = 0" for name in sums)};
% elif not split:
    ${T} ${", ".join(f"c{part}{name} = 0" for name in names for part in parts)};
% endif
    __global ${C} *to = c + ${c_parts} * (c_offset + (batch${" + (k_first - k_begin) / %d" % KC if split else ""}) * m * n);
    idx kb = k_first;
% if AHEAD:
${fetch("a", registers)}
${fetch("b", registers)}
% endif
    for (idx k0 = k_first; k0 < k_last; k0 += ${KC}) {
        const idx k1 = k_last - k0 < ${KC} ? k_last : k0 + ${KC};
% if many or split:
        ${T} ${", ".join(f"c{part}{name} = 0" for name in names for part in parts)};
% endif
        while (kb < k1) {
            const int count = k1 - kb < ${BK} ? (int)(k1 - kb) : ${BK};
% if not AHEAD:
${fetch("a", registers)}
${fetch("b", registers)}
% endif
            // Everybody has read the last block before this one takes its place.
            barrier(CLK_LOCAL_MEM_FENCE);
${settle("a")}
${settle("b")}
            barrier(CLK_LOCAL_MEM_FENCE);
            kb += count;
% if AHEAD:
            // Beyond the end nothing is read.
${fetch("a", registers)}
${fetch("b", registers)}
% endif
            // The last block of a chunk may be short; nothing beyond k may be added, not even 0.
            if (count == ${BK}) {
                #pragma unroll ${unroll}
                ${each("p", BK, BK)}
${step()}
                }
            } else {
                #pragma unroll 1
                for (int p = 0; p < count; p++) {
${step()}
                }
            }
        }
% if split:
${store_tile("c", lambda x, w: x)}
        to += ${comp} * (m * n);
% elif many:
        if (k0 == 0) {
%   for name in names:
%     for part in parts:
            t${part}${name} = c${part}${name};
%     endfor
%   endfor
        } else {
%   for name in names:
%     for part in parts:
            t${part}${name} = ${plus(f"t{part}{name}", f"c{part}{name}")};
%     endfor
%   endfor
        }
% endif
    }
% if not split:
${store_tile("t" if many else "c", narrow)}
% endif
}
