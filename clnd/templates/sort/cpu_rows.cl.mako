## Rows of any length, each by one item in one launch: all digits are counted in one read, and moved by one after the other.
##
## An item takes every groups-th row; a, places_a and places_b have a row for each item. b is the result's memory.
##
## Launch: groups groups.
<%!
    from clnd.templates.loops import each
%>
<%namespace name="way" file="/sort/cpu_way.cl.mako"/>
<%
    T, D = e.type, e.digits
    split = e.form == "split"
%>
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_rows(
    __global const ${e.key} *in, const long offset, __global ${T} *a, __global ${T} *b,
% if split:
    __global uint *places_a, __global uint *places_b,
% endif
    const uint n, const ulong rows, const ${e.key} flip)
{
    uint table[${256 * D}];
    a += (long)get_group_id(0) * n;
% if split:
    places_a += (long)get_group_id(0) * n;
    places_b += (long)get_group_id(0) * n;
% endif
    for (ulong row = get_group_id(0); row < rows; row += get_num_groups(0)) {
        __global const ${e.key} *in_row = in + offset + (long)row * n;
        __global ${T} *result = b + (long)row * n;
        ${each("v", 256 * D, 256 * D)}
            table[v] = 0;
        }
        for (uint i = 0; i < n; i++) {
            const ${T} x = ${e.sorted_by(e.made("in_row[i]", "0"))};
% for d in range(D):
            table[${256 * d} + ((uint)(x >> ${e.low + 8 * d}) & 255u)]++;
% endfor
        }
        // Digits in which no two keys differ are not moved by; the last move of all is to the result.
        uint left = 0, first = ${D};
        {
            const ${T} x = ${e.sorted_by(e.made("in_row[0]", "0"))};
            for (int d = ${D - 1}; d >= 0; d--)
                if (table[256 * d + ((uint)(x >> (${e.low} + 8 * d)) & 255u)] != n) {
                    left++;
                    first = d;
                }
        }
        if (left == 0) {
            left = 1;
            first = 0;
        }
        for (uint d = first; left; d++) {
            uint below = 0, largest = 0;
            for (int v = 0; v < 256; v++) {
                const uint count = table[256 * d + v];
                table[256 * d + v] = below;
                below += count;
                largest = max(largest, count);
            }
            if (largest == n && d != first)
                continue;
            __global const ${T} *from = (left & 1u) ? a : result;
            __global ${T} *to = (left & 1u) ? result : a;
% if split:
            __global const uint *places_from = (left & 1u) ? places_a : places_b;
            __global uint *places_to = (left & 1u) ? places_b : places_a;
% endif
            const uint shift = ${e.low} + 8 * d;
            uint at[256];
            for (int v = 0; v < 256; v++)
                at[v] = table[256 * d + v];
${way.moved(e, "d == first", "0", "n")}
            left--;
        }
    }
}
