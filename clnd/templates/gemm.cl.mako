## C = A @ B for a batch of matrices, in the canonical order of products: k is cut into chunks of KC
## consecutive values; inside a chunk acc = fma(a_k, b_k, acc) from +0 with k ascending; the chunks'
## results are added in ascending order. Panels are padded in m and n, never in k.
##
##   f          DTypeFacts of the operands
##   family     "cpu" or "gpu"
##   tunables   the values of those below that the family has
##   KC         values of k in a chunk: part of what the result is, not a tunable
##   a_fast     the axis along which A is contiguous: "k", "m" or "any"
##   b_fast     the axis along which B is contiguous: "n", "k" or "any"
##   rank       number of batch axes that are left after merging
##   index      C type of offsets: "int" or "long"
##   vector_bytes  size of the vectors that the CPU family computes with, 32 or 64
##   layout     what is particular to the family: a, b, split; chunks
##   e          the epilogue that elements go through before they are stored (kernels/emit.py), at the
##              family's width; None for none. patterns: how its operands are walked
##   in_place   (cpu, with e) whether results are as large as products and take their place in C
##
## CPU family: work-groups of one item, each of which makes a block of C, one chunk of k at a time.
##   a          "direct": rows of A are read as they lie, where they are contiguous; or "packed":
##              the group packs them into local memory (the core's own cache) as panels of MR rows
##   b          "direct": B is read as it lies; "own": the group packs it into local memory, as panels
##              of NR columns; "packed": gemm_pack_b has packed it
##   narrow     True: the last panel of B has columns for one of two vectors at most, and tiles as wide as that
##   joins      True (a direct, b packed): the last chunk has few k, and goes along with the one before it
##   split      True: a group takes `parts` chunks, and the sum of each chunk goes to scratch memory
##              of its own; gemm_add adds them in order
##   MR, NR     rows and columns of the register tile; NR is a multiple of the vector width
##   A_KIB      local memory for panels of A, where the group packs no B
##   OWN_KIB    local memory for panels of B, and as much for those of A, where the group packs them
## and, to the launcher alone: A_CACHE_KIB, the cache that a group's rows of A may fill where they are read as they lie and B is packed,
## OWN_A_CACHE_KIB where it is not; B_CACHE_KIB, the cache that a group's columns of packed B may fill; OWN_ROWS and DIRECT_ROWS, up
## to how many rows of A a group packs its own B, or reads it as it lies; GROUPS, groups a compute unit
##
## GPU family: work-groups of WM x WN items, each item TM x TN elements of C; blocks of A and B with
## BK values of k go through local memory. BK divides KC.
##   PAD        elements added to a row of a block in local memory, against bank conflicts
##   AHEAD      1: the next block is read into registers while this one is multiplied
##   chunks     "one" where k <= KC; "many": a second set of accumulators; "split": as `split` above
<%namespace name="shuffles" file="transpose.cl.mako"/>
<%namespace name="epilogue" file="lib/epilogue.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    digits = "0123456789abcdef"
    parts = ("re", "im") if f.kind == "complex" else ("",)
    comp = len(parts)
    is_int = f.kind in ("int", "uint")
    is_bool = f.kind == "bool"
    wide = is_int and f.dtype.itemsize == 8
    # T is what is computed in, S what is stored. Integers wrap, so they are unsigned throughout.
    T = "ulong" if wide else "uint" if is_int or is_bool else f.compute.scalar
    S = "u" + f.storage.removeprefix("u") if is_int else f.storage
    W = vector_bytes // (8 if T in ("double", "ulong") else 4)
    V, VS = f"{T}{W}", f"{S}{W}"

    # Vectors are read and written through pointers: in a kernel of this size some compilers leave
    # vload8 as a call, inside the innermost loop. The types v_T, v_S need no more alignment than a scalar.
    def load(at, p, t=S, space="__global"):
        """Vector number `at` of the memory that p points to."""
        return f"((const {space} v_{t} *)({p}))[{at}]"

    def store(x, at, p, t=S, space="__global"):
        """A statement that stores vector x as vector number `at`."""
        return f"(({space} v_{t} *)({p}))[{at}] = {x};"

    def widen(x, w):
        """Stored x as the type computed in; w is the vector width, 1 for scalars."""
        t, suffix = (f"{T}{w}" if w > 1 else T), (str(w) if w > 1 else "")
        if f.is_half:
            return f"half_to_float_{t}({x})"
        if is_bool:
            return f"(convert_{t}({x} != (uchar)0) & ({t})1)" if w > 1 else f"(uint)({x} != 0)"
        return f"convert_{t}({x})" if is_int and S != T else x

    def narrow(x, w):
        """The inverse of widen."""
        t, s = (f"{T}{w}" if w > 1 else T), (f"{S}{w}" if w > 1 else S)
        if f.is_half:
            return f"float_to_half_{t}({x})"
        return f"convert_{s}({x})" if S != T else x

    def madd(t, x, y, acc):
        if is_bool:
            return f"{acc} | ({x} & {y})"
        return f"{acc} + {x} * {y}" if is_int else f"fma_{t}({x}, {y}, {acc})"

    def plus(x, y):
        return f"{x} | {y}" if is_bool else f"{x} + {y}"

    def cmadd(t, ar, ai, br, bi, re, im):
        """The four steps of a complex multiply-add, in their order."""
        return (f"{re} = fma_{t}({ar}, {br}, {re}); {im} = fma_{t}({ar}, {bi}, {im}); "
                f"{re} = fma_{t}(-{ai}, {bi}, {re}); {im} = fma_{t}({ai}, {br}, {im});")
%>
typedef ${index} idx;
% for t in sorted({S, T}):
typedef ${t}${W} v_${t} __attribute__((aligned(sizeof(${t}))));
% endfor

<%def name="batch_parameters()">
% for d in range(rank):
    const idx size${d}, const idx a_step${d}, const idx b_step${d},
% endfor
</%def>
<%def name="batch_offsets(which)">
    // Which matrices of the batch: the last axis runs fastest.
    idx rest = batch;
% for d in reversed(range(rank)):
%   for w in which:
    ${w}_start += (rest % size${d}) * ${w}_step${d};
%   endfor
    rest /= size${d};
% endfor
</%def>

% if family == "cpu":
<%
    MR, NR, A_KIB, OWN_KIB = (tunables[name] for name in ("MR", "NR", "A_KIB", "OWN_KIB"))
    direct_a, b_from, split, narrow_edge = layout["a"] == "direct", layout["b"], layout["split"], layout["narrow"]
    NV = NR // W                                # vectors in a row of the tile
    b_space = "__local" if b_from == "own" else "__global"
    # What the tiles are stored as: sums of single chunks are not narrowed yet.
    C = T if split else S
    sums_wait = f.is_half and not split
    joins = layout["joins"]
    to_c, from_c = (lambda x, w: x, lambda x, w: x) if split else (narrow, widen)
%>
// (No `restrict` in functions: checkers do not know what it becomes when they are inlined.)
% if not direct_a:
// Rows i0.. of A, columns k0..k0+kc, as panels of MR rows: element (i, k) of a panel lies at
// k * ${MR * comp} + i. Rows beyond m repeat the last one; what they give is never stored.
static inline void pack_a(__global const ${S} *a, const idx a_row, const idx a_col,
    const idx i0, const idx m, const int rows, const int kc, __local ${T} *packed)
{
    for (int i = 0; i < rows; i += ${MR}) {
% for r in range(MR):
        __global const ${S} *a${r} = a + ${comp} * (min(i0 + i + ${r}, m - 1) * a_row);
% endfor
        int p = 0;
% if a_fast == "k" and comp == 1:
<%  blocks = -(-MR // W) %>
        for (; p + ${W} <= kc; p += ${W}) {
            // Whole vectors are stored, in ascending order: what sticks out of a column of the
            // panel is overwritten by the next column; behind the last panel there is room.
%   for r in range(blocks * W):
            ${V} v${r} = ${widen(load(0, f"a{r} + p"), W) if r < MR else f"({V})(0)"};
%   endfor
%   for block in range(blocks):
            ${shuffles.transposed([f"v{block * W + r}" for r in range(W)], V, W)}
%   endfor
%   for r in range(W):
%     for block in range(blocks):
            ${store(f"v{block * W + r}", 0, f"packed + (p + {r}) * {MR} + {block * W}", T, "__local")}
%     endfor
%   endfor
        }
% elif a_fast == "m" and comp == 1:
<%  blocks = -(-MR // W) %>
        // A column of the panel is contiguous in memory; what is stored beyond it is overwritten as above.
        if (i0 + i + ${blocks * W} <= m)
            for (; p < kc; p++) {
%   for block in range(blocks):
                const ${V} v${block} = ${widen(load(block, "a0 + p * a_col"), W)};
                ${store(f"v{block}", block, f"packed + p * {MR}", T, "__local")}
%   endfor
            }
% endif
        for (; p < kc; p++) {
            const idx at = ${comp} * (p * a_col);
% for r in range(MR):
%   for c in range(comp):
            packed[p * ${MR * comp} + ${MR * c + r}] = ${widen(f"a{r}[at + {c}]", 1)};
%   endfor
% endfor
        }
        packed += ${MR * comp} * kc;
    }
}
% endif

% if b_from != "direct":
// Columns j0..j0+cols of B, rows k0..k0+kc (b points at row k0), as panels of NR columns: element
// (k, j) of a panel lies at k * ${NR * comp} + j. Columns beyond n repeat the last one.
static inline void pack_b(__global const ${S} *b, const idx b_row, const idx b_col,
    const idx j0, const idx n, const int cols, const int kc, ${b_space} ${T} *packed)
{
    const int whole = cols / ${NR} * ${NR};
    int j = 0;
% if b_fast == "n":
    // Row by row over all panels, so that memory is read in long runs.
    for (int p = 0; p < kc; p++) {
        __global const ${S} *row = b + ${comp} * (p * b_row + j0);
        for (j = 0; j < whole; j += ${NR}) {
            ${b_space} ${T} *to = packed + ${comp} * (j * kc + p * ${NR});
%   for v in range(NV):
%     if comp == 2:
            {
                const ${V} x = ${load(2 * v, "row + 2 * j")}, y = ${load(2 * v + 1, "row + 2 * j")};
                ${store(f"({V})(" + ", ".join(f"{w}.s{digits[l]}" for w in "xy" for l in range(0, W, 2)) + ")", v, "to", T, b_space)}
                ${store(f"({V})(" + ", ".join(f"{w}.s{digits[l]}" for w in "xy" for l in range(1, W, 2)) + ")", v + NV, "to", T, b_space)}
            }
%     else:
            ${store(widen(load(v, "row + j"), W), v, "to", T, b_space)}
%     endif
%   endfor
        }
    }
    j = whole;
% elif b_fast == "k" and comp == 1:
    for (; j < whole; j += ${NR}) {
        ${b_space} ${T} *to = packed + j * kc;
        int p = 0;
        for (; p + ${W} <= kc; p += ${W}) {
%   for block in range(NV):
            {
%     for r in range(W):
                ${V} v${r} = ${widen(load(0, f"b + (j0 + j + {block * W + r}) * b_col + p"), W)};
%     endfor
                ${shuffles.transposed([f"v{r}" for r in range(W)], V, W)}
%     for r in range(W):
                ${store(f"v{r}", block, f"to + (p + {r}) * {NR}", T, b_space)}
%     endfor
            }
%   endfor
        }
        for (; p < kc; p++)
            ${each("c", NR, NR)}
                to[p * ${NR} + c] = ${widen("b[(j0 + j + c) * b_col + p]", 1)};
            }
    }
% endif
    for (; j < cols; j += ${NR}) {
        ${b_space} ${T} *to = packed + ${comp} * (j * kc);
        for (int p = 0; p < kc; p++)
            ${each("c", NR, NR)}
                // Not min(): calls of builtins are not always inlined.
                const idx column = j0 + j + c < n ? j0 + j + c : n - 1;
                const idx at = ${comp} * (p * b_row + column * b_col);
%   for c in range(comp):
                to[p * ${NR * comp} + ${NR * c} + c] = ${widen(f"b[at + {c}]", 1)};
%   endfor
            }
    }
}
% endif

% for tile, tile_vectors in [("tile", NV), *([("narrow_tile", 1)] if narrow_edge else [])]:
<%
    tile_names = [f"{part}{i}_{j}" for i in range(MR) for j in range(tile_vectors) for part in ("c" + p for p in parts)]
    tile_width = tile_vectors * W
%>
// One tile of C over one chunk: rows x cols of it exist. The accumulators are named variables,
// because arrays of them fall to memory on some compilers.
static inline void ${tile}(
% if direct_a:
    __global const ${S} *a, const idx a_row,
% else:
    __local const ${T} *a,
% endif
    ${b_space} const ${T} *b,
% if b_from == "direct":
    const idx b_row,
% endif
    const int kc, __global ${C} *c, const idx ldc, const int rows, const int cols, const int first
% if sums_wait:
    // Sums of chunks must not be rounded to half: they wait in partial, whose rows are ldp long.
    , __global float *partial, const idx ldp, const int last
% endif
    )
{
    ${V} ${", ".join(f"{name} = ({V})(0)" for name in tile_names)};
% if direct_a:
    // Rows beyond the last repeat it; what they give is never stored.
%   for i in range(MR):
    __global const ${S} *a${i} = a + ${f"{comp} * (({i} < rows ? {i} : rows - 1) * a_row)" if i else "0"};
%   endfor
% endif
    for (int p = 0; p < kc; p++) {
% for part in range(comp):
%   for j in range(tile_vectors):
        const ${V} b${parts[part]}${j} = ${load(part * NV + j, "b", T, b_space)};
%   endfor
% endfor
% for i in range(MR):
        {
% if comp == 2:
            const ${V} xr = (${V})(${f"a{i}[2 * p]" if direct_a else f"a[{i}]"}), xi = (${V})(${f"a{i}[2 * p + 1]" if direct_a else f"a[{MR + i}]"});
%   for j in range(tile_vectors):
            ${cmadd(V, "xr", "xi", f"bre{j}", f"bim{j}", f"cre{i}_{j}", f"cim{i}_{j}")}
%   endfor
% else:
            const ${V} x = (${V})(${f"a{i}[p]" if direct_a else f"a[{i}]"});
%   for j in range(tile_vectors):
            c${i}_${j} = ${madd(V, "x", f"b{j}", f"c{i}_{j}")};
%   endfor
% endif
        }
% endfor
% if not direct_a:
        a += ${MR * comp};
% endif
        b += ${"b_row" if b_from == "direct" else NR * comp};
    }
<%
    def stored(x, where, at):
        """Statements that store vector x at vector number `at` of the row `where`, added to what is there."""
        if sums_wait:
            return (f"{{ {V} x = {x}; if (!first) x = {load(at, 'sums', T)} + x; "
                    f"if (last) {store(narrow('x', W), at, where)} else {store('x', at, 'sums', T)} }}")
        if split:
            return store(x, at, where, T)
        return (f"{{ {V} x = {x}; if (!first) x = {plus(widen(load(at, where), W), 'x')}; "
                f"{store(narrow('x', W), at, where)} }}")
%>
    if (cols == ${tile_width}) {
% for i in range(MR):
        if (${i} < rows) {
            __global ${C} *row = c + ${comp} * (${i} * ldc);
%   if sums_wait:
            __global float *sums = partial + ${i} * ldp;
%   endif
%   for j in range(tile_vectors):
%     if comp == 2:
%       for half in range(2):
            ${stored(f"({V})(" + ", ".join(f"c{p}{i}_{j}.s{digits[half * W // 2 + l]}" for l in range(W // 2) for p in parts) + ")", "row", 2 * j + half)}
%       endfor
%     else:
            ${stored(f"c{i}_{j}", "row", j)}
%     endif
%   endfor
        }
% endfor
        return;
    }
    // The right edge of C: through memory, element by element.
    ${T} edge[${MR * tile_width * comp}];
% for i in range(MR):
%   for j in range(tile_vectors):
%     for part in range(comp):
    ${store(f"c{parts[part]}{i}_{j}", 0, f"edge + {(part * MR + i) * tile_width + j * W}", T, "__private")}
%     endfor
%   endfor
% endfor
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++) {
% for part in range(comp):
            {
            ${T} x = edge[${part * MR * tile_width} + i * ${tile_width} + j];
%   if sums_wait:
            if (!first) x = partial[i * ldp + j] + x;
            if (last) c[i * ldc + j] = ${narrow("x", 1)};
            else partial[i * ldp + j] = x;
%   else:
            __global ${C} *to = c + ${comp} * (i * ldc + j) + ${part};
%     if not split:
            if (!first) x = ${plus(widen("*to", 1), "x")};
%     endif
            *to = ${to_c("x", 1)};
%   endif
            }
% endfor
        }
}
% endfor

% if b_from == "packed":
// Group (g, chunk, batch) packs `cols` columns of one chunk. The packed chunks of a matrix follow
// each other: whole panels, no padding in k.
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_pack_b(__global const ${S} *restrict b, const idx b_offset, const idx b_row, const idx b_col,
    ${batch_parameters()}
    const idx batch0, const idx n0, const idx n, const idx k_begin, const idx k_end, const idx cols,
    __global ${T} *restrict packed)
{
    const idx j = get_group_id(0) * cols, k0 = k_begin + get_group_id(1) * ${KC};
    const idx batch = batch0 + get_group_id(2);
    idx b_start = b_offset;
    ${batch_offsets("b")}
    const idx panels = (n + ${NR - 1}) / ${NR};
    const int kc = min((idx)${KC}, k_end - k0);
    packed += ${comp} * ((idx)get_group_id(2) * (k_end - k_begin) * panels * ${NR} + (k0 - k_begin) * panels * ${NR} + j * kc);
    pack_b(b + ${comp} * (b_start + n0 * b_col + k0 * b_row), b_row, b_col, j, n, min(cols, n - j), kc, packed);
}
% endif

<%def name="make_tile(name)">\
${name}(
% if direct_a:
                    a_rows + ${comp} * (i * a_row${" + (late ? kc : 0)" if joins else ""}), a_row,
% else:
                    a_panels + ${comp} * (i * kc),
% endif
                    ${"late ? rest_panel : panel" if joins else "panel"},
% if b_from == "direct":
                    b_row,
% endif
                    ${"late ? rest : kc" if joins else "kc"}, to + ${comp} * (i * ldc + j), ldc,
                    min(${MR}, row_count - i), min(${NR}, col_count - j), k0 == 0${" && !late" if joins else ""}
% if sums_wait:
                    , partial + i * n + j, n, k0 + kc == k
% endif
                    );
</%def>
<%def name="make_tiles(name)">\
for (int i = 0; i < row_count; i += ${MR})
%   if joins:
                for (int late = 0; late <= (rest > 0); late++)
%   endif
                ${make_tile(name)}\
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
    ${batch_parameters()}
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
    __local ${T} a_panels[${(OWN_KIB if b_from == "own" else A_KIB) * 1024 // (8 if T in ("double", "ulong") else 4)}];
% endif
% if b_from == "own":
    __local ${T} b_panels[${OWN_KIB * 1024 // (8 if T in ("double", "ulong") else 4)}];
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
    ${batch_offsets("a" if b_from == "packed" else "ab")}
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
        __global const ${S} *a_rows = a + ${comp} * (a_start + i0 * a_row + k0);
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
% if narrow_edge:
            if (col_count - j <= ${W}) {
                ${make_tiles("narrow_tile")}
                break;
            }
% endif
            ${make_tiles("tile")}
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
% else:
<%
    WM, WN, TM, TN, BK, PAD, AHEAD = (tunables[name] for name in ("WM", "WN", "TM", "TN", "BK", "PAD", "AHEAD"))
    chunks = layout["chunks"]
    BM, BN, items = WM * TM, WN * TN, WM * WN
    U = min(2 if T in ("double", "ulong") else 4, TM, TN)   # neighbours that an item owns: read as one vector
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
// One step of k: each value that an item needs is read once.
<%def name="step()">
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
${epilogue.steps(e, patterns, "made" if comp == 2 or not is_int else f"({made})made", "row", "column", None)}
    store_${gives}(result, c, at);
}
% endif
// The block of ${"A, or of B,"} that begins at k = kb, element by element, from memory to `target`.
<%def name="fetch(which, target)">
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
%   for i in range(TM):
    {
        const idx row = i0 + ${place(i, "y", WM)};
%     for j in range(TN):
        {
            const idx column = j0 + ${place(j, "x", WN)};
            if (row < m && column < n) {
<% elements = [result(f"{sums}{part}{i}_{j}", 1) for part in parts] %>
%       if e is not None:
                finish(${", ".join(elements)}, (long)batch * m + row, column, row * n + column, to${"".join(", " + name for name in names_given)});
%       else:
%         for q in range(comp):
                to[${comp} * (row * n + column) + ${q}] = ${elements[q]};
%         endfor
%       endif
            }
        }
%     endfor
    }
%   endfor
</%def>
<% registers = lambda which, c: f"next_{which}{parts[c]}[s]" %>
// Group (tile, batch) makes ${BM} x ${BN} of C. All items take every loop and every barrier alike.
// Where k is split, the first axis of groups counts (part, tile), a group has `each` chunks of
// k_begin..k_end, and c is the scratch memory: a matrix m x n for each of these chunks.
__kernel __attribute__((reqd_work_group_size(${items}, 1, 1)))
void gemm(__global const ${S} *restrict a, const idx a_offset, const idx a_row, const idx a_col,
    __global const ${S} *restrict b, const idx b_offset, const idx b_row, const idx b_col,
    ${batch_parameters()}
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
    ${batch_offsets("ab")}
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
% endif
% if layout.get("split"):

// The sums of `chunks` chunks, `size` scalars each, added in order. The first one starts C, or adds to
// what waits in `sums` where `first` is 0; the result goes to C, or waits in `sums` where `last` is 0.
// CPU family: group g makes `count` of the scalars. GPU family: an item makes one.
<%def name="add_one()">
                ${T} x = chunk_sums[one];
                if (!first) x = ${plus("sums[one]", "x")};
                for (idx chunk = 1; chunk < chunks; chunk++)
                    x = ${plus("x", "chunk_sums[chunk * size + one]")};
                if (last) c[one] = ${narrow("x", 1)};
                else sums[one] = x;
</%def>
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
            ${V} x = ${load(0, "from", T)};
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
% endif
