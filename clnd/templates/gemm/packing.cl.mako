## Functions of the CPU family that pack operands as panels. Names as in gemm.cl.mako and gemm/cpu.cl.mako.
<%namespace name="shuffles" file="/lib/shuffles.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    digits = "0123456789abcdef"
    T, S, W, comp = elements.computed, elements.stored, elements.width, len(elements.parts)
    V = f"{T}{W}"
    load, store, widen = elements.load, elements.store, elements.widen
    MR, NR = tunables["MR"], tunables["NR"]
    NV = NR // W                                # vectors in a row of a panel of B
    b_space = "__local" if layout["b"] == "own" else "__global"
%>
// (No `restrict` in functions: checkers do not know what it becomes when they are inlined.)
% if layout["a"] == "packed":
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

% if layout["b"] != "direct":
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
