## How many elements go into each of some slots: counted in tables of 32-bit numbers, which are added up.
##
##   phase      clear (gpu): the table becomes 0. count: elements are counted. total: tables are added up into int64 results
##   slots      places: an element is the number of its slot; what is below 0 or beyond the last slot goes there. even: it goes where edges, nearly at equal distances, say; edges: where any
##              ascending edges say. Of k edges there are k + 1 slots: number 0 is below the first edge, number b for
##              edge[b - 1] <= x < edge[b], and number k above the last one, or NaN. The edges alone decide: where a slot is guessed
##              first, comparisons correct it.
##   stored     the CType of the elements in memory; half: of 16 bits, widened
##   compared   the CType that elements and edges are compared in
##   place      (count, gpu) local: each work-group counts in local memory first; global: in the one table at once
##   family     cpu: work-groups of one item, each with TABLES tables of its own, used in turn: an element need not wait for the store
##              of one before it that goes to the same slot. gpu: one table, by atomics on integers, whose order does not matter
##   TABLES     (cpu) tables of a work-group
##   LOCAL      (gpu) items of a work-group, or fewer
##   width      (even, cpu) elements of a vector
##   index      the C type that counts elements
##
## Arguments. count: elements and where they begin, n; (even, edges) edges, how many, and (even) how many slots a unit has, how far the
## first edge is above where they begin, and how near a guess may come to a whole number; tables, length
## of one, (cpu) elements of a work-group. total: tables, how many, how far apart; results, the first slot that is one, how many.
<%! from clnd.templates.ctype import CType %>
<%! from clnd.templates.loops import each %>
<%namespace name="halving" file="/lib/halving.cl.mako"/>
<%
    together = 16
    is_float = compared.is_float
    guessed = "double" if compared.is_double else "float"
    def element(place):
        read = f"x[o + (long)({place})]"
        return f"half_to_float_float({read})" if half else f"({compared}){read}"
%>
<%def name="slot(name, value)">
## The slot of one element, by a guess and comparisons.
% if slots == "places":
            const ulong ${name}_x = (ulong)${value};
            const ${index} ${name} = (${index})min(${name}_x, (ulong)(length - 1));
% else:
            const ${compared} ${name}_x = ${value};
            const ${guessed} ${name}_guess = ((${guessed})${f"(as_long(as_ulong({name}_x) - as_ulong(first)))" if not is_float else f"({name}_x - first)"} + offset) * scale;
            // Beyond the edges, or NaN: a number all the same.
            int ${name} = ${name}_guess > (${guessed})0 ? (${name}_guess < (${guessed})edges ? 1 + (int)${name}_guess : (int)edges) : 0;
%   if is_float:
            ${name} = ${name}_x != ${name}_x ? (int)edges : ${name};
%   endif
            while (${name} > 0 && ${name}_x < edge[${name} - 1]) ${name}--;
            while (${name} < (int)edges && ${name}_x >= edge[${name}]) ${name}++;
% endif
</%def>
% if phase == "clear":
__kernel void histogram_clear(__global uint *table, const ${index} length)
{
    for (${index} k = get_global_id(0); k < length; k += (${index})get_global_size(0)) table[k] = 0;
}
% elif phase == "total":
__kernel
%   if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
%   endif
void histogram_total(__global const uint *tables, const ${index} count, const ${index} pitch, __global long *out, const ${index} first, const ${index} kept, const ${index} chunk)
{
%   if family == "cpu":
    const ${index} begin = (${index})get_group_id(0) * chunk, end = min(kept - begin, chunk) + begin;
    for (${index} k = begin; k < end; k++) {
%   else:
    for (${index} k = get_global_id(0); k < kept; k += (${index})get_global_size(0)) {
%   endif
        long total = 0;
        for (${index} t = 0; t < count; t++) total += (long)tables[(long)t * pitch + first + k];
        out[k] = total;
    }
}
% else:
__kernel
%   if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
%   endif
void histogram_count(
    __global const ${"ushort" if half else stored} *x, const long o, const ${index} n,
%   if slots != "places":
    __global const ${compared} *edge, const long oe, const ${index} edges, ${f"const {guessed} scale, const {guessed} offset, const {guessed} doubt, " if slots == "even" else ""}
%   endif
    __global uint *tables, const ${index} length, const ${index} chunk)
{
%   if slots != "places":
    edge += oe;
%   endif
%   if slots == "even":
    const ${compared} first = edge[0];
%   endif
%   if family == "cpu":
    const ${index} begin = (${index})get_group_id(0) * chunk, end = min(n - begin, chunk) + begin;
    __global uint *own = tables + (long)get_group_id(0) * ${TABLES} * length;
    for (${index} k = 0; k < ${TABLES} * length; k++) own[k] = 0;
    ${index} i = begin;
%     if slots == "edges":
    for (; end - i >= ${together}; i += ${together}) {
        ${compared} sought[${together}];
        ${index} at[${together}];
        ${each("j", together, together)} sought[j] = ${element("i + j")}; }
${halving.search(index, "at", "sought", together, lambda place: f"edge[{place}]", "edges", True, compared)}
        ${each("j", together, together)} own[(j & ${TABLES - 1}) * length + at[j]]++; }
    }
    for (; i < end; i++) {
        ${compared} sought[1];
        ${index} at[1];
        sought[0] = ${element("i")};
${halving.search(index, "at", "sought", 1, lambda place: f"edge[{place}]", "edges", True, compared)}
        own[at[0]]++;
    }
%     elif slots == "even":
<%
    G, C, S = CType(guessed, width), compared.widened(width), CType("ushort" if half else stored.scalar, width)
    I = G.int
    loaded = f"load_{S}(x, o + (long)i)"
    values = f"half_to_float_{C}({loaded})" if half else f"convert_{C}({loaded})"
    away = "values - first" if is_float else f"as_{C}(as_{C.uint}(values) - as_{C.uint}(({C})(first)))"
%>
    // A guess that is farther from a whole number than all roundings together needs no comparison with edges.
    for (; end - i >= ${width}; i += ${width}) {
        const ${C} values = ${values};
        const ${G} guess = (convert_${G}(${away}) + offset) * scale;
        const ${I} below = guess < -doubt, above = guess > (${guessed})edges - 1 + doubt;
        const ${G} inner = below | above | (guess != guess) ? (${G})(0.5${"f" if guessed == "float" else ""}) : guess;
        const ${G} whole = floor(inner), part = inner - whole;
        const ${I} sure = (below | above | ((part > doubt) & (part < 1 - doubt))) & (guess == guess);
        union { ${I.scalar} one[${width}]; ${I} all; } slot;
        slot.all = below ? (${I})(0) : above ? (${I})((${I.scalar})edges) : convert_${I}(whole) + (${I.scalar})1;
        if (all(sure)) {
%       for j in range(width):
            own[${j % TABLES} * (long)length + slot.one[${j}]]++;
%       endfor
        } else {
            ${each("j", width, width)}
${slot("s", element("i + j"))}
                own[s]++;
            }
        }
    }
    for (; i < end; i++) {
${slot("s", element("i"))}
        own[s]++;
    }
%     else:
    for (; end - i >= ${TABLES}; i += ${TABLES}) {
%       for t in range(TABLES):
${slot(f"s{t}", element(f"i + {t}"))}
%       endfor
%       for t in range(TABLES):
        own[${t} * (long)length + s${t}]++;
%       endfor
    }
    for (; i < end; i++) {
${slot("s", element("i"))}
        own[s]++;
    }
%     endif
%     if TABLES > 1:
    for (${index} k = 0; k < length; k++)
        own[k] += ${" + ".join(f"own[{t} * (long)length + k]" for t in range(1, TABLES))};
%     endif
%   else:
%     if place == "local":
    __local uint mine[${LOCAL * 16}];
    for (uint k = get_local_id(0); k < length; k += get_local_size(0)) mine[k] = 0;
    // Every slot is 0 before the first is counted.
    barrier(CLK_LOCAL_MEM_FENCE);
%     endif
    for (${index} i = get_global_id(0); i < n; i += (${index})get_global_size(0)) {
%     if slots == "edges":
        ${compared} sought[1];
        ${index} at[1];
        sought[0] = ${element("i")};
${halving.search(index, "at", "sought", 1, lambda place: f"edge[{place}]", "edges", True, compared)}
        const ${index} s = at[0];
%     else:
${slot("s", element("i"))}
%     endif
        atomic_inc(&${"mine" if place == "local" else "tables"}[s]);
    }
%     if place == "local":
    // All have counted.
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint k = get_local_id(0); k < length; k += get_local_size(0))
        if (mine[k] != 0) atomic_add(&tables[k], mine[k]);
%     endif
%   endif
}
% endif
