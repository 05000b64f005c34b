## Pieces with which a kernel goes on elementwise from the values it made (kernels/epilogues.py). Not
## functions of a type: a kernel template takes them in by <%namespace>.
##
##   e         the recipe at the kernel's vector width (kernels/emit.py); input 0 is the kernel's value
##   patterns  for each input in memory but that one: unit (neighbours along a row) or same (one for a row)

<%def name="parameters(e)">
## What follows a kernel's own parameters: each buffer with its offset and step from row to row, then scalars.
${"".join(", " + p for p in [f"__global const {e.storage(k)} *a{k}, const long o{k}, const long row{k}" for k in e.buffers if k] + e.scalar_parameters())}\
</%def>

<%def name="constants(e)">
% for line in e.constants():
    ${line}
% endfor
</%def>

<%def name="steps(e, patterns, value, row, column, lanes)">
## From the stored form of ``value`` at (row, column) to e's result, in its stored form, as ``result``.
## lanes: how many of a vector's are there, as C; None where all are.
<%
    def place(k):
        return f"o{k} + (long)({row}) * row{k}"

    def fetched(k, pattern):
        t = e.input_memory(k)
        if e.width == 1:
            return f"load_{t}(a{k}, {place(k)}{' + ' + column if pattern == 'unit' else ''})"
        if pattern == "same":
            return f"spread_{t}(a{k}, {place(k)})"
        if lanes is None:
            return f"load_{t}(a{k}, {place(k)} + {column})"
        return f"load_some_{t}(a{k}, {place(k)} + {column}, {lanes})"

    others = [k for k in e.buffers if k]
    lines, results = e.steps([f"c{k}" if e.is_scalar(k) else f"x{k}" for k in e.inputs])
    gives = e.recipe.output_dtypes[0]
%>
                const ${e.input_type(0)} x0 = ${e.widened(0, value)};
% for k, pattern in zip(others, patterns):
                const ${e.input_type(k)} x${k} = ${e.widened(k, fetched(k, pattern))};
% endfor
% for line in lines:
                ${line}
% endfor
                const ${e.memory_type(gives)} result = ${e.narrowed(gives, results[0])};
</%def>
