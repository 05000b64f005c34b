## Functions of the CPU family that make one tile of C. Names as in gemm.cl.mako and gemm/cpu.cl.mako.
<%
    digits = "0123456789abcdef"
    T, S, W, parts = elements.computed, elements.stored, elements.width, elements.parts
    V, comp = f"{T}{W}", len(parts)
    load, store, widen, narrow = elements.load, elements.store, elements.widen, elements.narrow
    madd, cmadd, plus = elements.madd, elements.cmadd, elements.plus
    MR, NR = tunables["MR"], tunables["NR"]
    NV = NR // W                                # vectors in a row of the tile
    direct_a, b_from, split = layout["a"] != "packed", layout["b"], layout["split"]
    p_of_a = "p * a_col" if layout["a"] == "strided" else "p"
    b_space = "__local" if b_from == "own" else "__global"
    # What the tiles are stored as: sums of single chunks are not narrowed yet.
    C = T if split else S
    sums_wait = elements.is_half and not split
%>
% for tile, tile_vectors in [("tile", NV), *([("narrow_tile", 1)] if layout["narrow"] else [])]:
<%
    tile_names = [f"{part}{i}_{j}" for i in range(MR) for j in range(tile_vectors) for part in ("c" + p for p in parts)]
    tile_width = tile_vectors * W
%>
// One tile of C over one chunk: rows x cols of it exist. The accumulators are named variables,
// because arrays of them fall to memory on some compilers.
static inline void ${tile}(
% if direct_a:
    __global const ${S} *a, const idx a_row,${" const idx a_col," if layout["a"] == "strided" else ""}
% else:
    __local const ${T} *a,
% endif
    ${b_space} const ${T} *b,
% if b_from == "direct":
    const idx b_row,
%   if layout["ragged"]:
    const idx within, // rows of B behind which there are whole vectors
%   endif
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
%     if layout["ragged"]:
        ${V} b${j};
        if (p < within) b${j} = ${load(j, "b", T, b_space)};
        else b${j} = (${V})(${", ".join(f"b[min({j * W + l}, cols - 1)]" for l in range(W))});
%     else:
        const ${V} b${parts[part]}${j} = ${load(part * NV + j, "b", T, b_space)};
%     endif
%   endfor
% endfor
% for i in range(MR):
        {
% if comp == 2:
            const ${V} xr = (${V})(${f"a{i}[2 * {p_of_a}]" if direct_a else f"a[{i}]"}), xi = (${V})(${f"a{i}[2 * {p_of_a} + 1]" if direct_a else f"a[{MR + i}]"});
%   for j in range(tile_vectors):
            ${cmadd(V, "xr", "xi", f"bre{j}", f"bim{j}", f"cre{i}_{j}", f"cim{i}_{j}")}
%   endfor
% else:
            const ${V} x = (${V})(${f"a{i}[{p_of_a}]" if direct_a else f"a[{i}]"});
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
            *to = ${"x" if split else narrow("x", 1)};
%   endif
            }
% endfor
        }
}
% endfor
