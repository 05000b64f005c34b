## Square blocks transposed in vector registers, for kernels for CPUs. Not functions of a type: a kernel template takes
## them in by <%namespace>.

<%def name="transposed(v, vector, width)">
<%
    # The rows in v (names of variables of type vector, width of them) become the columns: stage d
    # exchanges the off-diagonal blocks of d x d elements. Each line is one or two shuffles of a CPU.
    digits = "0123456789abcdef"
    stages = []
    d = 1
    while d < width:
        for i in range(width):
            if not i & d:
                low = ", ".join(f"{v[i + d]}_.s{digits[l - d]}" if l & d else f"{v[i]}_.s{digits[l]}" for l in range(width))
                high = ", ".join(f"{v[i + d]}_.s{digits[l]}" if l & d else f"{v[i]}_.s{digits[l + d]}" for l in range(width))
                stages.append((v[i], v[i + d], low, high))
        d *= 2
%>
% for x, y, low, high in stages:
{ const ${vector} ${x}_ = ${x}, ${y}_ = ${y}; ${x} = (${vector})(${low}); ${y} = (${vector})(${high}); }
% endfor
</%def>

<%def name="transposed_small(v, itemsize, blocks=1)">
<%
    # The same for elements of 1 or 2 bytes, 16 bytes of them in two ulongs, of several blocks side by side: while the parts
    # that are exchanged are smaller than a ulong this is done by masks and shifts, the last stage exchanges whole ulongs.
    stages = []
    width = 16 // itemsize
    vector = f"ulong{2 * blocks}"
    low = ", ".join(f"x_.s{2 * b}, y_.s{2 * b}" for b in range(blocks))
    high = ", ".join(f"x_.s{2 * b + 1}, y_.s{2 * b + 1}" for b in range(blocks))
    d = 1
    while d < width:
        bits = 8 * itemsize * d
        mask = "0x%016xul" % sum(((1 << bits) - 1) << at for at in range(0, 64, 2 * bits))
        stages.append((bits, mask, [(v[i], v[i + d]) for i in range(width) if not i & d]))
        d *= 2
%>
% for bits, mask, pairs in stages:
%   for x, y in pairs:
%     if bits < 64:
{ const ${vector} x_ = ${x}, y_ = ${y}; ${x} = (x_ & ${mask}) | ((y_ & ${mask}) << ${bits}); ${y} = ((x_ >> ${bits}) & ${mask}) | (y_ & ~${mask}); }
%     else:
{ const ${vector} x_ = ${x}, y_ = ${y}; ${x} = (${vector})(${low}); ${y} = (${vector})(${high}); }
%     endif
%   endfor
% endfor
</%def>
