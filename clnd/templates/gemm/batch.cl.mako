## Which matrices of the batch a group multiplies; for the kernels of gemm.cl.mako, which take this in by <%namespace>.
<%namespace name="axes" file="/lib/index.cl.mako"/>

<%def name="parameters()">
% for d in range(rank):
    const idx size${d}, const idx a_step${d}, const idx b_step${d},
% endfor
</%def>

<%def name="offsets(which)">
    // Which matrices of the batch: the last axis runs fastest.
    idx rest = batch;
${axes.add_batch_steps("rest", [(f"size{d}", [(f"{w}_start", f"{w}_step{d}") for w in which]) for d in range(rank)])}
</%def>
