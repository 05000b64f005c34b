## Which matrices of the batch a group multiplies; for the kernels of gemm.cl.mako, which take this in by <%namespace>.

<%def name="parameters()">
% for d in range(rank):
    const idx size${d}, const idx a_step${d}, const idx b_step${d},
% endfor
</%def>
<%def name="offsets(which)">
    // Which matrices of the batch: the last axis runs fastest.
    idx rest = batch;
% for d in reversed(range(rank)):
%   for w in which:
    ${w}_start += (rest % size${d}) * ${w}_step${d};
%   endfor
    rest /= size${d};
% endfor
</%def>
