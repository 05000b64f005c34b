## The places of the first k elements in each part of each row: [row][part][k], of equal elements the first ones, in the order of places.
##
## An item keeps what may be among them: elements that are less than the last of the first k of those before. When there is no more room,
## all but the first k are dropped, which lowers the bar: few elements pass it, unless the row descends.
##
##   lanes   elements in a vector
##
## A part has k elements or more. Launch: groups groups, which take every groups-th part; keys and places have room for each.
<%!
    from clnd.templates.loops import each
%>
<%
    U, V = e.key, e.key.widened(lanes)
    step = 4 * lanes
%>
typedef ${V} v_element __attribute__((aligned(${U.bits // 8})));
static inline ${U} sort_key_of(const ${U} b, const ${U} flip) { return ${e.joined(f"{e.kind}_key_{U}(b, flip)")}; }
// Drops all but the first k of count elements, and gives the key of the last one: it is found by its digits, the highest first.
static inline ${U} sort_dropped(__global ${U} *keys, __global uint *places, const uint count, const uint k)
{
    ${U} last = 0;
    uint wanted = k, kept = 0;
    for (int shift = ${U.bits - 8}; shift >= 0; shift -= 8) {
        uint table[256];
        for (int v = 0; v < 256; v++)
            table[v] = 0;
        for (uint j = 0; j < count; j++)
            if ((${U})((${U})(keys[j] >> shift) >> 8) == last)
                table[(uint)(keys[j] >> shift) & 255u]++;
        uint v = 0;
        while (table[v] < wanted)
            wanted -= table[v++];
        last = (${U})((${U})(${"0" if U.bits == 8 else "last << 8"}) | (${U})v);
    }
    for (uint j = 0; j < count; j++) {
        const ${U} x = keys[j];
        const uint is_last = x == last;
        if (x < last || (is_last && wanted)) {
            wanted -= is_last;
            keys[kept] = x;
            places[kept++] = places[j];
        }
    }
    return last;
}
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_firsts(
    __global const ${U} *in, const long offset, __global ulong *out, __global ${U} *keys, __global uint *places,
    const uint n, const uint parts, const uint k, const uint room, const ulong tasks, const ${U} flip)
{
    ${U} some[${step}];
    keys += (long)get_group_id(0) * room;
    places += (long)get_group_id(0) * room;
    for (ulong task = get_group_id(0); task < tasks; task += get_num_groups(0)) {
        const ulong row = task / parts, part = task % parts;
        const uint begin = (uint)(part * n / parts), end = (uint)((part + 1) * n / parts);
        __global const ${U} *from = in + offset + (long)(row * n);
        uint count = k, i = begin;
        ${U} bar = 0;
        for (; i < begin + k; i++) {
            keys[i - begin] = sort_key_of(from[i], flip);
            places[i - begin] = i;
            bar = max(bar, keys[i - begin]);
        }
        for (; i + ${step}u <= end; i += ${step}u) {
% for j in range(4):
            ${V} x${j} = ${e.kind}_key_${V}(*(__global const v_element *)(from + i + ${lanes * j}), (${V})(flip));
            x${j} = ${e.joined(f"x{j}", V)};
% endfor
            ${V.int} passed = (x0 < (${V})(bar)) | (x1 < (${V})(bar)) | (x2 < (${V})(bar)) | (x3 < (${V})(bar));
            if (${" | ".join(f"passed.s{lane:x}" for lane in range(lanes))}) {
% for j in range(4):
                *(v_element *)(some + ${lanes * j}) = x${j};
% endfor
                ${each("l", step, step)}
                    if (some[l] < bar) {
                        keys[count] = some[l];
                        places[count++] = i + l;
                    }
                }
                if (count + ${step}u > room) {
                    bar = sort_dropped(keys, places, count, k);
                    count = k;
                }
            }
        }
        for (; i < end; i++) {
            const ${U} x = sort_key_of(from[i], flip);
            if (x < bar) {
                keys[count] = x;
                places[count++] = i;
            }
        }
        if (count > k)
            sort_dropped(keys, places, count, k);
        for (uint j = 0; j < k; j++)
            out[task * k + j] = places[j];
    }
}
