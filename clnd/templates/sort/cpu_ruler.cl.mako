## How a long row is shared out by the order of its keys, before each share is sorted by itself: what sample, part_count, part_move
## and parts have in common.
##
## The range of keys is cut into GRAINS grains, and neighbouring grains are a part, of PARTS at most (templates/sorting.py): table[grain] is its
## number. The first and the last grain are parts of their own.
##
## ruler: whether the row is sorted by parts, the least key of the range, the bits of a grain's size; then for each part its least key, and the
## bits in which its keys can differ from that.
<%!
    from clnd.templates.sorting import GRAINS
%>
<%def name="part_of(e, lanes)">
<% V = e.key.widened(lanes) %>
typedef ${V} v_element __attribute__((aligned(${e.key.bits // 8})));
// Keys, as they are moved, and the parts of elements that begin at p, as many as a vector has.
static inline void sort_parts_of(__global const ${e.key} *p, const ${e.key} flip, const ${e.key} least, const uint size, __global const uchar *table, ${e.key} *keys, uint *parts)
{
    const ${V} key = ${e.kind}_key_${V}(*(__global const v_element *)p, (${V})(flip));
    const ${V} x = ${e.joined("key", V)};
    *(v_element *)keys = key;
    const ${V} inner = (x - (${V})(least)) >> (${V})((${e.key})size);
    const ${V} grain = x < (${V})(least) ? (${V})(0) : (inner < (${V})(${GRAINS - 2}) ? inner : (${V})(${GRAINS - 2})) + (${V})(1);
    ${e.key} grains[${lanes}];
    *(v_element *)grains = grain;
% for k in range(lanes):
    parts[${k}] = table[grains[${k}]];
% endfor
}
static inline uint sort_part_of(const ${e.key} key, const ${e.key} least, const uint size, __global const uchar *table)
{
    const ${e.key} x = ${e.joined("key")};
    return table[x < least ? 0 : min((x - least) >> size, (${e.key})${GRAINS - 2}) + 1];
}
</%def>
