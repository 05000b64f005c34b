## Where elements would go in a sorted table, as int64: the number of elements that stand before them, by the order of keys.
##
##   stored     the CType of memory; half: of 16 bits that are widened to the float compared in
##   right      behind elements that are equal, else before them
##   family     cpu: work-groups of one item, each a chunk of what is sought, TOGETHER at once; gpu: items stride over what is sought
##   TOGETHER   (cpu) searches that go in step
##   index      the C type that counts elements
##
## Arguments: the table and where it begins, n, more than none; what is sought and where it begins, m; the places; chunk (cpu).
<%! from clnd.templates.loops import each %>
<%namespace name="halving" file="/lib/halving.cl.mako"/>
<%
    together = TOGETHER if family == "cpu" else 1
    def element(place):
        read = f"a[oa + (long)({place})]"
        return f"half_to_float_float({read})" if half else read
    def sought(place):
        read = f"v[ov + (long)({place})]"
        return f"half_to_float_float({read})" if half else read
    compared = "float" if half else str(stored)
    is_float = half or stored.is_float
%>
__kernel
% if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% endif
void search(
    __global const ${stored} *a, const long oa, const ${index} n, __global const ${stored} *v, const long ov, const ${index} m,
    __global long *out, const ${index} chunk)
{
% if family == "cpu":
    ${index} i = (${index})get_group_id(0) * chunk;
    const ${index} end = min(m - i, chunk) + i;
%   if together > 1:
    for (; end - i >= ${together}; i += ${together}) {
        ${compared} sought[${together}];
        ${index} at[${together}];
        ${each("j", together, together)} sought[j] = ${sought("i + j")}; }
${halving.search(index, "at", "sought", together, element, "n", right, compared)}
        ${each("j", together, together)} out[i + j] = (long)at[j]; }
    }
%   endif
    for (; i < end; i++) {
% else:
    for (${index} i = get_global_id(0); i < m; i += (${index})get_global_size(0)) {
% endif
        ${compared} sought[1];
        ${index} at[1];
        sought[0] = ${sought("i")};
${halving.search(index, "at", "sought", 1, element, "n", right, compared)}
        out[i] = (long)at[0];
    }
}
