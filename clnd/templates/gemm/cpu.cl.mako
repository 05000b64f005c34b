## Products on CPUs: the kernels gemm_pack_b and gemm, and the functions that they call. Names as in gemm.cl.mako.
##
## Work-groups of one item, each of which makes a block of C, one chunk of k at a time. layout has
##   a          "direct": rows of A are read as they lie, where they are contiguous; "strided": its columns are, where these are;
##              or "packed": the group packs rows into local memory (the core's own cache) as panels of MR rows
##   b          "direct": B is read as it lies; "own": the group packs it into local memory, as panels
##              of NR columns; "packed": gemm_pack_b has packed it
##   narrow     True: the last panel of B has columns for one of two vectors at most, and tiles as wide as that
##   joins      True (a direct, b packed): the last chunk has few k, and goes along with the one before it
##   split      True: a group takes `parts` chunks
##   ragged     True (b direct): NR does not divide the columns. Vectors reach beyond a row of B, but not beyond its last
## tunables has
##   MR, NR     rows and columns of the register tile; NR is a multiple of the vector width
##   A_KIB      local memory for panels of A, where the group packs no B
##   OWN_KIB    local memory for panels of B, and as much for those of A, where the group packs them
## and, to the launcher alone: A_CACHE_KIB, the cache that a group's rows of A may fill where they are read as they lie and B is packed,
## OWN_A_CACHE_KIB where it is not; B_CACHE_KIB, the cache that a group's columns of packed B may fill; OWN_ROWS and DIRECT_ROWS, up
## to how many rows of A a group packs its own B, or reads it as it lies; GROUPS, groups a compute unit
##
## Launch, in groups: gemm_pack_b (columns / cols, chunks, matrices); gemm (down, across, matrices), and where k is
## split (down * chunks / parts, across, 1).
<%namespace name="batch" file="batch.cl.mako"/>
<%namespace name="epilogue" file="/lib/epilogue.cl.mako"/>
<%
    T, S, comp = elements.computed, elements.stored, len(elements.parts)
    MR, NR, A_KIB, OWN_KIB = (tunables[name] for name in ("MR", "NR", "A_KIB", "OWN_KIB"))
    direct_a, b_from, split, joins = layout["a"] != "packed", layout["b"], layout["split"], layout["joins"]
    # What the tiles are stored as: sums of single chunks are not narrowed yet.
    C = T if split else S
    sums_wait = elements.is_half and not split
%>
<%include file="packing.cl.mako"/>
<%include file="tile.cl.mako"/>

% if b_from == "packed":
// Group (g, chunk, batch) packs `cols` columns of one chunk. The packed chunks of a matrix follow
// each other: whole panels, no padding in k.
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_pack_b(__global const ${S} *restrict b, const idx b_offset, const idx b_row, const idx b_col,
    ${batch.parameters()}
    const idx batch0, const idx n0, const idx n, const idx k_begin, const idx k_end, const idx cols,
    __global ${T} *restrict packed)
{
    const idx j = get_group_id(0) * cols, k0 = k_begin + get_group_id(1) * ${KC};
    const idx batch = batch0 + get_group_id(2);
    idx b_start = b_offset;
    ${batch.offsets("b")}
    const idx panels = (n + ${NR - 1}) / ${NR};
    const int kc = min((idx)${KC}, k_end - k0);
    packed += ${comp} * ((idx)get_group_id(2) * (k_end - k_begin) * panels * ${NR} + (k0 - k_begin) * panels * ${NR} + j * kc);
    pack_b(b + ${comp} * (b_start + n0 * b_col + k0 * b_row), b_row, b_col, j, n, min(cols, n - j), kc, packed);
}
% endif

<%def name="make_tile(name, width)">\
${name}(
% if direct_a:
                    a_rows + ${comp} * (i * a_row${" + (late ? kc : 0)" if joins else ""}), a_row,${" a_col," if layout["a"] == "strided" else ""}
% else:
                    a_panels + ${comp} * (i * kc),
% endif
                    ${"late ? rest_panel : panel" if joins else "panel"},
% if b_from == "direct":
                    b_row,
%   if layout["ragged"]:
                    b_end - (panel - b) < ${width} ? 0 : (b_end - (panel - b) - ${width}) / b_row + 1,
%   endif
% endif
                    ${"late ? rest : kc" if joins else "kc"}, to + ${comp} * (i * ldc + j), ldc,
                    min(${MR}, row_count - i), min(${NR}, col_count - j), k0 == 0${" && !late" if joins else ""}
% if sums_wait:
                    , partial + i * n + j, n, k0 + kc == k
% endif
                    );
</%def>
<%def name="make_tiles(name, width)">\
for (int i = 0; i < row_count; i += ${MR})
%   if joins:
                for (int late = 0; late <= (rest > 0); late++)
%   endif
                ${make_tile(name, width)}\
</%def>
// Group (i, j, batch) makes one of down x across blocks of C, for columns n0..n0+n and the chunks of
// k_begin..k_end; all but the first chunk add to what is in C. Blocks differ by a panel at most, so
// that a driver which deals groups out beforehand keeps every core busy to the end. Where k is split,
// the first axis of groups counts (i, part), a group has `parts` chunks, and c is the scratch memory:
// a matrix m x n for each chunk from k_begin on.
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm(__global const ${S} *restrict a, const idx a_offset, const idx a_row, const idx a_col,
% if b_from == "packed":
    __global const ${T} *restrict packed, const idx b_step,
% else:
    __global const ${S} *restrict b, const idx b_offset, const idx b_row, const idx b_col,
% endif
    ${batch.parameters()}
    const idx batch0, __global ${C} *restrict c, const idx c_offset, const idx ldc,
    const idx m, const idx n0, const idx n, const idx k_begin, const idx k_end, const idx k, const idx down, const idx across
% if split:
    , const idx parts
% elif sums_wait:
    , __global float *restrict partial
% endif
% if e is not None:
${epilogue.parameters(e)}
%   if not in_place:
    , __global ${e.memory_type(e.recipe.output_dtypes[0]).scalar} *done
%   endif
% endif
    )
{
% if not direct_a:
    __local ${T} a_panels[${(OWN_KIB if b_from == "own" else A_KIB) * 1024 // elements.nbytes}];
% endif
% if b_from == "own":
    __local ${T} b_panels[${OWN_KIB * 1024 // elements.nbytes}];
% endif
% if split:
    const long block_row = get_group_id(0) % down;
    const idx k_first = k_begin + get_group_id(0) / down * parts * ${KC};
    const idx k_last = min(k_end, k_first + parts * ${KC});
% else:
    const long block_row = get_group_id(0);
    const idx k_first = k_begin, k_last = k_end;
% endif
    const long block_column = get_group_id(1), row_panels = (m + ${MR - 1}) / ${MR}, column_panels = (n + ${NR - 1}) / ${NR};
    const idx i0 = block_row * row_panels / down * ${MR}, j0 = block_column * column_panels / across * ${NR};
    const idx batch = batch0 + get_group_id(2);
    const int row_count = min((idx)((block_row + 1) * row_panels / down * ${MR}), m) - i0;
    const int col_count = min((idx)((block_column + 1) * column_panels / across * ${NR}), n) - j0;
    idx a_start = a_offset;
% if b_from != "packed":
    idx b_start = b_offset;
% endif
    ${batch.offsets("a" if b_from == "packed" else "ab")}
% if layout["ragged"]:
    // Behind the last element of this B.
    const idx b_end = b_start + (k - 1) * b_row + n;
% endif
    c += ${comp} * (c_offset + (batch * m + i0) * ldc + n0 + j0);
% if sums_wait:
    partial += ((batch - batch0) * m + i0) * n + j0;
% endif
    for (idx k0 = k_first; k0 < k_last;) {
        const int kc = min((idx)${KC}, k_last - k0);
% if joins:
        // A last chunk of few k goes along with the one before it: by itself it would fetch all of C for little work.
        const int rest = k_last - k0 - kc < ${KC} ? k_last - k0 - kc : 0;
% endif
% if direct_a:
        __global const ${S} *a_rows = a + ${comp} * (a_start + i0 * a_row + k0${" * a_col" if layout["a"] == "strided" else ""});
% else:
        pack_a(a + ${comp} * (a_start + k0 * a_col), a_row, a_col, i0, m, row_count, kc, a_panels);
% endif
% if b_from == "own":
        pack_b(b + ${comp} * (b_start + n0 * b_col + k0 * b_row), b_row, b_col, j0, n, col_count, kc, b_panels);
        __local const ${T} *panel = b_panels;
% elif b_from == "direct":
        __global const ${S} *panel = b + b_start + n0 + j0 + k0 * b_row;
% else:
        __global const ${T} *panel = packed + ${comp} * ((idx)get_group_id(2) * b_step
            + (k0 - k_begin) * ((n + ${NR - 1}) / ${NR} * ${NR}) + j0 * kc);
%   if joins:
        __global const ${T} *rest_panel = packed + ${comp} * ((idx)get_group_id(2) * b_step
            + (k0 + kc - k_begin) * ((n + ${NR - 1}) / ${NR} * ${NR}) + j0 * rest);
%   endif
% endif
% if split:
        __global ${C} *to = c + ${comp} * ((k0 - k_begin) / ${KC} * (m * ldc));
% else:
        __global ${C} *to = c;
% endif
        for (int j = 0; j < col_count; j += ${NR}) {
% if layout["narrow"]:
            if (col_count - j <= ${elements.width}) {
                ${make_tiles("narrow_tile", elements.width)}
                break;
            }
% endif
            ${make_tiles("tile", NR)}
            panel += ${NR if b_from == "direct" else f"{NR * comp} * kc"};
% if joins:
            rest_panel += ${NR * comp} * rest;
% endif
        }
        k0 += kc${" + rest" if joins else ""};
    }
% if e is not None:
<%
    made, gives = e.input_memory(0), e.memory_type(e.recipe.output_dtypes[0])
    finished = (f"(__global {gives.scalar} *)c", "i * ldc + j") if in_place else ("done", "row * ldc + column")
%>
    // The block of C is whole now, and still in the cache: its rows go through the epilogue.
    if (k_last == k) {
${epilogue.constants(e)}
        for (int i = 0; i < row_count; i++) {
            const long row = (long)batch * m + i0 + i;
            for (int j = 0; j < col_count; j += ${e.width}) {
                const idx column = n0 + j0 + j;
                const int left = col_count - j;
                __global const ${made.scalar} *from = (__global const ${made.scalar} *)c;
                if (left >= ${e.width}) {
${epilogue.steps(e, patterns, f"load_{made}(from, i * ldc + j)", "row", "column", None)}
                    store_${gives}(result, ${", ".join(finished)});
                } else {
${epilogue.steps(e, patterns, f"load_some_{made}(from, i * ldc + j, left)", "row", "column", "left")}
                    store_some_${gives}(result, ${", ".join(finished)}, left);
                }
            }
        }
    }
% endif
}
