## Short rows, one in each lane of vectors: a network of compare and exchange, which takes the same way whatever the elements.
##
##   lanes   rows in a vector, elements of a row that are loaded together: these are transposed in registers, and sorted there. Then
##           sorted parts are merged, two into one: the second is reversed on the way, so that each merge needs exchanges with
##           elements at half the distance only, of which three steps are done on eight elements in registers.
##
## A row is filled up to a power of 2 by elements that are larger than all; parts that have no others are left out. Networks are not
## stable: places break the ties of pairs, and where a row has zeros of both signs they are written again in the order of the operand.
##
## Launch: groups groups, which take every groups-th set of rows; work has `most` vectors for each.
<%!
    from clnd.templates.ctype import CType
    from clnd.templates.loops import each
    from clnd.templates.sorting import network
%>
<%namespace name="shuffles" file="/lib/shuffles.cl.mako"/>
<%
    W = lanes
    pairs = e.form == "pairs"
    S = CType("long" if pairs or e.key.bits == 64 else "int", W)
    raw = e.key.widened(W)
    wide = CType("ulong", W) if pairs else S.uint
    # In the order of signed integers, which more CPUs compare.
    top = f"({wide})({1 << S.bits - 1}{'ul' if S.bits == 64 else 'u'})" if pairs or e.key.bits == S.bits else None
    zeros = e.kind == "float" and not pairs
    value = [f"v{k}" for k in range(W)]
    places = ", ".join(str(k) for k in range(W))
    half = 1 << e.key.bits - 1
%>
<%def name="exchange(a, b)">{ const ${S} a_ = ${a}, b_ = ${b}; ${a} = a_ < b_ ? a_ : b_; ${b} = a_ < b_ ? b_ : a_; }</%def>
<%def name="steps(count, distance)">
## Exchanges at ``distance``, half of it, ...: ``count`` steps on 2**count elements at that distance, which begin at x.
<% size = 1 << count %>
% for j in range(size):
                    ${S} s${j} = x[${j} * ${distance}];
% endfor
% for step in reversed(range(count)):
%   for j in range(size):
%     if not j >> step & 1:
                    ${exchange(f"s{j}", f"s{j + (1 << step)}")}
%     endif
%   endfor
% endfor
% for j in range(size):
                    x[${j} * ${distance}] = s${j};
% endfor
</%def>
// These need no more alignment than an element does.
typedef ${raw} raw_element __attribute__((aligned(${e.key.bits // 8})));
typedef ${e.type.widened(W)} out_element __attribute__((aligned(${e.type.bits // 8})));
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_lanes(
    __global const ${e.key} *in, const long offset, __global ${e.type} *out, __global ${S} *work,
    const uint n, const uint most, const ulong rows, const ${e.key} key_flip)
{
    const ${raw} flip = (${raw})(key_flip);
    // The last elements of a row, fewer than a vector.
    ${e.key} some[${W}];
    ${e.type} results[${W}];
    ${each("l", W, W)}
        some[l] = 0;
    }
    work += (long)get_group_id(0) * most;
    in += offset;
    for (ulong first = (ulong)get_group_id(0) * ${W}; first < rows; first += (ulong)get_num_groups(0) * ${W}) {
        const uint present = (uint)min((ulong)${W}, rows - first);
        // Absent rows are the last one again.
% for k in range(W):
        __global const ${e.key} *in${k} = in + (first + min(${k}u, present - 1u)) * n;
% endfor
% if zeros:
        ${raw.int} lower = 0, upper = 0;
% endif
        for (uint i = 0; i < n; i += ${W}u) {
            const uint left = n - i;
% for k in range(W):
            ${S} v${k};
            {
                ${raw} b;
                if (left >= ${W}u)
                    b = *(__global const raw_element *)(in${k} + i);
                else {
                    for (uint l = 0; l < left; l++)
                        some[l] = in${k}[i + l];
                    b = *(const raw_element *)some;
                }
                const ${raw} key = ${e.kind}_key_${raw}(b, flip);
%   if zeros:
                lower |= key == (${raw})(${half - 1}${"ul" if e.key.bits == 64 else "u"});
                upper |= key == (${raw})(${half}${"ul" if e.key.bits == 64 else "u"});
%   endif
%   if pairs:
                const ${wide} x = (convert_${wide}(${e.joined("key", raw)}) << (${wide})(32)) | ((${wide})((ulong)i) + (${wide})(${places}));
%   elif e.key.bits < S.bits:
                const ${wide} x = convert_${wide}(key);
%   else:
                const ${wide} x = key;
%   endif
                v${k} = as_${S}(${f"x ^ {top}" if top else "x"});
            }
% endfor
${shuffles.transposed(value, S, W)}
% for k in range(W):
            if (i + ${k}u >= n) v${k} = (${S})(${"0x7fffffffffffffffL" if S.bits == 64 else "0x7fffffff"});
% endfor
% for a, b in network(W):
            ${exchange(f"v{a}", f"v{b}")}
% endfor
% for k in range(W):
            work[i + ${k}u] = v${k};
% endfor
        }
        for (uint p = ${W}u; p < n; p += p) {
            // A last part without another: what comes behind is larger, so that it is merged already.
            if ((n - 1u) / p % 2u == 0)
                for (uint i = (n - 1u) / p * p + p; i < (n - 1u) / p * p + 2u * p; i++)
                    work[i] = (${S})(${"0x7fffffffffffffffL" if S.bits == 64 else "0x7fffffff"});
            const uint q = p / 4u;
            for (uint b = 0; b + p < n; b += 2u * p) {
                for (uint i = 0; i < q; i++) {
                    __global ${S} *x = work + b + i, *y = work + b + 2u * p - 1u - i;
% for j in range(4):
                    ${S} a${j} = x[${j} * q], c${j} = *(y - ${j} * q);
% endfor
% for j in range(4):
                    ${exchange(f"a{j}", f"c{j}")}
% endfor
                    ${exchange("a0", "a2")} ${exchange("a1", "a3")} ${exchange("a0", "a1")} ${exchange("a2", "a3")}
                    ${exchange("c2", "c0")} ${exchange("c3", "c1")} ${exchange("c1", "c0")} ${exchange("c3", "c2")}
% for j in range(4):
                    x[${j} * q] = a${j}; *(y - ${j} * q) = c${j};
% endfor
                }
                uint s = q;
                for (; s >= 8u; s /= 8u)
                    for (uint c = b; c < b + 2u * p; c += s)
                        for (uint r = 0; r < s / 8u; r++) {
                            __global ${S} *x = work + c + r;
                            const uint apart = s / 8u;
${steps(3, "apart")}
                        }
                if (s == 4u)
                    for (uint c = b; c < b + 2u * p; c += 4u) {
                        __global ${S} *x = work + c;
${steps(2, "1")}
                    }
                else if (s == 2u)
                    for (uint c = b; c < b + 2u * p; c += 2u) {
                        __global ${S} *x = work + c;
${steps(1, "1")}
                    }
            }
        }
        for (uint i = 0; i < n; i += ${W}u) {
            const uint left = n - i;
% for k in range(W):
            ${S} v${k} = work[i + ${k}u];
% endfor
${shuffles.transposed(value, S, W)}
% for k in range(W):
            if (${k}u < present) {
                const ${wide} x = as_${wide}(v${k})${f" ^ {top}" if top else ""};
%   if pairs:
                const ${e.type.widened(W)} result = x & (${wide})(0xffffffffu);
%   else:
                const ${raw} result = ${e.kind}_of_key_${raw}(${"x" if e.key.bits == S.bits else f"convert_{raw}(x)"}, flip);
%   endif
                __global ${e.type} *to = out + (first + ${k}u) * n + i;
                if (left >= ${W}u)
                    *(__global out_element *)to = result;
                else {
                    *(out_element *)results = result;
                    for (uint l = 0; l < left; l++)
                        to[l] = results[l];
                }
            }
% endfor
        }
% if zeros:
        // Some row may have zeros of both signs.
        if (${" | ".join(f"lower.s{k:x}" for k in range(W))} && ${" | ".join(f"upper.s{k:x}" for k in range(W))})
            ${each("k", "present", W)}
                __global const ${e.key} *from = in + (first + k) * n;
                uint before = 0;
                for (uint i = 0; i < n; i++)
                    before += ${e.kind}_key_${e.key}(from[i], key_flip) < (${e.key})(${half - 1}${"ul" if e.key.bits == 64 else "u"});
                __global ${e.key} *to = out + (first + k) * n + before;
                for (uint i = 0; i < n; i++)
                    if ((${e.key})(from[i] << 1) == 0)
                        *to++ = from[i];
            }
% endif
    }
}
