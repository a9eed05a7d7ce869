#!/usr/bin/env python3
"""Writes Tests/Fixtures/templates.json: small templates of our own and what transformers makes of them.

Each stands for one feature of Jinja. Where rendering fails, the golden says so.
"""

import datetime

import peers

peers.enter()

from transformers.utils import chat_template_utils

MESSAGES = [
    {"role": "system", "content": "Be <brief> & \"kind\"."},
    {"role": "user", "content": "  héllo 👩‍👩‍👧 \n"},
    {"role": "assistant", "content": "<think>\nhm\n</think>\n\nYes é"},
]
DATA = {
    "a": 1, "b": 2.0, "c": 1e-7, "d": 1e22, "e": True, "f": None, "g": [1, [2.5, "x"], {}],
    "h": {"k": "v\n\"'", "": []}, "i": 123456789012345680.0, "j": -0.0, "k": 1e16, "l": 0.0001,
}  # fmt: skip
VARIABLES = {"messages": MESSAGES, "data": DATA, "name": "World", "nothing": None, "empty": []}

TEMPLATES = {
    "text alone": "hello\n",
    "last line break is kept once": "hello\n\n",
    "carriage returns": "a\r\nb\rc\n",
    "trim after blocks": "{% if true %}\nx\n{% endif %}\ny\n",
    "no trim after variables": "{{ name }}\n{{ name }}\n",
    "trim after comments": "{# c #}\nx {# d #}\ny",
    "comment strips": "a  \n {#- c -#} \n b",
    "comment strips left": "a  \n {#- c #}\n b",
    "lstrip of blocks": "a\n   {% if true %}\n  b\n   {% endif %}\nc",
    "lstrip of comments": "a\n   {# c #}\nb",
    "no lstrip of variables": "a\n   {{ name }}\nb",
    "no lstrip after text": "a  {% if true %}b{% endif %}",
    "plus keeps white space": "a\n   {%+ if true %} b{% endif +%}\nc",
    "minus strips everything": "a \n\n {%- if true -%} \n b \n {%- endif -%} \n c",
    "minus in variables": "a \n {{- name -}} \n b",
    "line start after a stripped tag": "{% if true -%}\n   {% if true %}x{% endif %}{% endif %}",
    "raw": "{% raw %}\n {{ x }} {% if %} {% endraw %}\ny",
    "raw strips": "a {%- raw -%} \n {{ x }} \n {%- endraw -%} \n y",
    "strings with escapes": "{{ 'a\\n\\t\\'\\x41\\u00e9\\q' }}{{ \"b\" 'c' }}",
    "numbers": "{{ 1_000 }} {{ 0x1F }} {{ 1.50 }} {{ 1e3 }} {{ 2.5e-3 }} {{ 1 / 2 }} {{ 7 // -2 }} {{ -7 % 3 }} {{ 2 ** 10 }} {{ 7.5 // 2 }} {{ 7.5 % 2 }}",
    "unary before filters": "{{ -5|abs }} {{ -(2 ** 2) }} {{ +3 }} {{ not 1 == 2 }}",
    "sums and texts": "{{ (1 + 2) ~ 3 }} {{ 'a' ~ 1 ~ none ~ true ~ missing }} {{ 'ab' * 2 }} {{ [1] + [2] }} {{ [0] * 3 }}",
    "comparisons": "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 'a' < 'b' }} {{ 1 == 1.0 }} {{ true == 1 }} {{ [1] == [1.0] }} {{ 'é' == 'e\\u0301' }}",
    "containment": "{{ 'l' in 'hello' }} {{ 1 in [1, 2] }} {{ 'a' in data }} {{ 'z' not in data }} {{ 2 in (1, 2) }} {{ 'x' in missing }}",
    "logic gives values": "{{ 0 or 'x' }} {{ '' and 1 }}| {{ none or [] }} {{ 1 and 2 }}",
    "conditional expressions": "{{ 'a' if true else 'b' }} {{ 'a' if false }}| {{ 'a' if false else 'b' if false else 'c' }}",
    "values as text": "{{ none }} {{ true }} {{ 1.0 }} {{ [1, 'a', none, \"it's\", 'q\"'] }} {{ (1,) }} {{ {'a': 1, 'b': [2.0]} }} {{ data }}",
    "text of characters": "{{ ['\\n', '\\x07', 'é', '\\u200b', '\\\\'] }}",
    "slices": "{{ [1,2,3,4][1:3] }} {{ [1,2,3][::-1] }} {{ 'héllo'[1:-1] }} {{ 'abc'[::2] }} {{ [1,2,3][-1] }} {{ 'abc'[5:] }}| {{ (1,2,3)[:2] }} {{ 'abc'[-1] }}",
    "missing elements": "{{ [1][5] }}|{{ data.zz }}|{{ data['zz'] }}|{{ none.x }}|{{ 'a'.x }}|{{ [1]['a'] }}|{{ missing }}",
    "attribute of undefined": "{{ missing.x }}",
    "element of undefined": "{{ missing['x'] }}",
    "undefined in a sum": "{{ missing + 1 }}",
    "undefined compared": "{{ missing == missing2 }} {{ missing == none }} {{ missing|length }} {{ missing|default('d') }} {% for x in missing %}x{% endfor %}",
    "order of undefined": "{{ missing < 1 }}",
    "call of undefined": "{{ missing() }}",
    "methods of dictionaries come first": "{% set d = {'items': 1, 'x': 2} %}{{ d['items'] }} {{ d.x }} {{ d.get('y', 3) }} {{ d.get('y') }} {{ d.keys()|list }} {{ d.values()|list }} {{ d.items()|list }}",
    "methods of strings": "{{ ' a b '.strip() }}|{{ 'xxaxx'.strip('x') }} {{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a b c'.split(' ', 1) }} {{ 'a b c'.rsplit(' ', 1) }} {{ 'Ab'.upper() }} {{ 'Ab'.lower() }} {{ 'hello wORLD'.capitalize() }} {{ \"they're bill's\".title() }} {{ 'aXbX'.replace('X', '-') }} {{ 'aaa'.replace('a', 'b', 2) }} {{ 'abc'.startswith(('x', 'a')) }} {{ 'abc'.endswith('c') }} {{ '-'.join(['a', 'b']) }} {{ 'abcb'.find('b') }} {{ 'abcb'.rfind('b') }} {{ 'abab'.count('ab') }} {{ 'a-b-c'.partition('-') }} {{ 'a-b-c'.rpartition('-') }} {{ '7'.zfill(3) }} {{ 'ab'.ljust(4) }}| {{ 'a\\nb\\r\\nc'.splitlines() }} {{ '12'.isdigit() }} {{ 'ab'.isalpha() }} {{ 'prefix'.removeprefix('pre') }}",
    "changing lists is refused": "{{ [1].append(2) }}",
    "private attributes": "{{ ''.__class__ }}|{{ data.__class__ }}|{{ ''['__class__'] }}",
    "private attributes lead nowhere": "{{ ''.__class__.__mro__ }}",
    "for": "{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {{ m.role }}\n{% endfor %}",
    "for with a condition": "{% for m in messages if m.role != 'system' %}{{ loop.index }}/{{ loop.length }} {{ m['role'] }} {% endfor %}",
    "for else": "{% for x in empty %}x{% else %}none{% endfor %}",
    "for over pairs": "{% for k, v in data.items() %}{{ k }}={{ v }};{% endfor %}{% for k in data %}{{ k }}{% endfor %}{% for c in 'héy' %}{{ c }}.{% endfor %}",
    "neighbours in loops": "{% for x in [1, 2, 3] %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {{ loop.cycle('a', 'b') }} {{ loop.depth }};{% endfor %}",
    "recursive loops": "{% for x in [1, [2, [3]]] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}@{{ loop.depth }}{% endif %}{% endfor %}",
    "break and continue": "{% for x in range(10) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 5 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "set inside for stays inside": "{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}",
    "set inside if goes out": "{% if true %}{% set x = 5 %}{% endif %}{{ x }}",
    "loop variable ends": "{% for i in [1] %}{% endfor %}{{ i }}|{{ loop }}",
    "namespace": "{% set ns = namespace(n=0, s='') %}{% for i in range(3) %}{% set ns.n = ns.n + i %}{% set ns.s = ns.s ~ i %}{% endfor %}{{ ns.n }} {{ ns.s }} {{ ns.x }}|",
    "attributes of others cannot be set": "{% set d = {} %}{% set d.x = 1 %}",
    "set of several": "{% set a, b = 1, 'x' %}{{ a }}{{ b }}{% set (c, d) = [3, 4] %}{{ c + d }}",
    "set of a block": "{% set x %}a{{ name }}\n{% endset %}[{{ x }}]{% set y | upper | trim %} q {% endset %}[{{ y }}]",
    "macros": "{% macro m(a, b='B', c=none) %}{{ a }}-{{ b }}-{{ c }};{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() }}{{ m.name }}",
    "macros see the template": "{% set x = 1 %}{% macro m() %}{{ x }}{{ name }}{% set y = 2 %}{% endmacro %}{{ m() }}{% set x = 3 %}{{ m() }}{{ y }}",
    "macros do not see the caller": "{% macro m() %}{{ i }}{% endmacro %}{% for i in [1] %}{{ m() }}.{% endfor %}",
    "recursive macros": "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(4) }}",
    "varargs and kwargs": "{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}",
    "too many arguments": "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "call blocks": "{% macro m(x) %}<{{ caller(x) }}>{% endmacro %}{% call(y) m(3) %}{{ y }}{{ name }}{% endcall %}",
    "filter blocks": "{% filter upper %}a{{ name }}{% endfilter %}",
    "with": "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}",
    "generation": "{% for m in messages %}{% if m.role == 'assistant' %}\n{% generation %}\n{{ m.content }}{% set z = 1 %}{% endgeneration %}{{ z }}\n{% endif %}{% endfor %}",
    "tojson": "{{ data|tojson }}\n{{ messages|tojson }}",
    "tojson with an indent": "{{ data|tojson(indent=4) }}{{ []|tojson(indent=2) }}",
    "tojson in ASCII": "{{ messages[1]|tojson(ensure_ascii=true) }}",
    "tojson sorted with separators": "{{ {'b': 1, 'a': '</x>'}|tojson(sort_keys=true, separators=(',', ':')) }}",
    "tojson of undefined": "{{ missing|tojson }}",
    "numbers as JSON": "{{ [1, 1.0, 1e100, 1.5e-10, 0.1, 100000.0, 12345678901234567.0, true, none]|tojson }} {{ 1e100 }} {{ 0.00001 }}",
    "filters of text": "{{ ' a '|trim }}|{{ 'xax'|trim('x') }} {{ 'a b-c'|title }} {{ 'abC'|capitalize }} {{ 'a'|upper }} {{ 'ab'|replace('a', 'x') }} {{ 5|string + 'a' }} {{ 'a\\nb\\n\\nc'|indent }} {{ 'a\\nb'|indent(2, true) }} {{ 'a b c'|wordcount }} {{ 'ab'|center(7) }}| {{ '<&>'|escape }} {{ 'a'|safe }}",
    "filters of lists": "{{ [3, 1, 2]|sort }} {{ ['b', 'A', 'c']|sort }} {{ [1, 2]|first }} {{ [1, 2]|last }} {{ [1, 2]|join('-') }} {{ [1, 2]|length }} {{ [1, 2]|reverse|list }} {{ [3, 1]|max }} {{ [3, 1]|min }} {{ [1, 2]|sum }} {{ [1, 1, 2]|unique|list }} {{ [1, 2, 3]|batch(2)|list }} {{ 'abc'|list }} {{ []|first }}|",
    "sorted backwards": "{{ ['b', 'A', 'a', 'B']|sort(reverse=true) }} {{ data|dictsort|length }} {{ {'b': 1, 'A': 2}|dictsort }} {{ {'b': 1, 'a': 2}|dictsort(by='value', reverse=true) }}",
    "selecting": "{{ messages|map(attribute='role')|list }} {{ ['a', 'b']|map('upper')|join }} {{ messages|selectattr('role', 'equalto', 'user')|list|length }} {{ messages|rejectattr('role', 'in', ['user'])|map(attribute='role')|join(',') }} {{ [0, 1, 2]|select|list }} {{ [1, 2, 3]|reject('odd')|list }} {{ [1, 2]|select('gt', 1)|list }}",
    "filters of numbers": "{{ -3|abs }} {{ '7'|int + 1 }} {{ 'x'|int(9) }} {{ 3.7|int }} {{ '1.5'|float }} {{ 2.567|round(2) }} {{ 2.5|round }} {{ 2.1|round(0, 'ceil') }}",
    "default": "{{ missing|default }}|{{ ''|default('x') }}|{{ ''|default('x', true) }}|{{ none|default('x') }}|{{ none|d('x', boolean=true) }}",
    "items": "{{ data|items|list|length }} {{ missing|items|list }}",
    "tests": "{{ 1 is defined }} {{ missing is defined }} {{ missing is undefined }} {{ none is none }} {{ 'a' is string }} {{ 1 is number }} {{ true is number }} {{ true is integer }} {{ 1 is integer }} {{ 1.0 is float }} {{ true is boolean }} {{ true is true }} {{ 1 is true }} {{ {} is mapping }} {{ [] is sequence }} {{ 'a' is sequence }} {{ {} is sequence }} {{ {}.items() is sequence }} {{ missing is sequence }} {{ missing is iterable }} {{ 1 is iterable }} {{ 3 is odd }} {{ 3 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 1 is eq 1 }} {{ 'a' is in ['a'] }} {{ 'a' is lower }} {{ range is callable }} {{ none is not none }} {{ 1 is sameas 1 }}",
    "test and logic": "{{ 1 is defined and 2 is string or 'x' is string }} {{ not missing is defined }} {{ 'y' if name is string else 'n' }}",
    "range": "{{ range(3)|list }} {{ range(1, 7, 2)|list }} {{ range(3, 0, -1)|list }} {{ range(4)[1:]|list }}",
    "range too long": "{{ range(100001)|length }}",
    "dict": "{{ dict(a=1, b=2) }} {{ dict([('x', 1)]) }} {{ dict({'y': 1}, z=2) }}",
    "keys that are numbers": "{{ {1: 'a', 1.0: 'b', true: 'c'} }} {{ {1: 'a'}[true] }} {{ {(1, 2): 'x'}[(1, 2)] }}",
    "raise_exception": "{{ raise_exception('no ' ~ name) }}",
    "strftime_now": "{{ strftime_now('%d %B %Y %H:%M %A %j %b %-d %y %%') }}",
    "percent formats": "{{ '%s is %d' % ('a', 3) }} {{ '%s' % name }}",
    "concatenated sums": "{{ 'a' + 1 }}",
    "string in numbers": "{{ 1 in 'abc' }}",
    "thinking is split off": "{% set c = messages[2].content %}{% if '</think>' in c %}{{ c.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') }}|{{ c.split('</think>')[-1].lstrip('\\n') }}{% endif %}",
    "braces in braces": "{{ {'a': {'b': 1}}['a']['b'] }}{{ {'a': {}} }}",
    "unknown statement": "{% include 'x' %}",
    "unclosed block": "{% if true %}x",
    "unclosed variable": "{{ x",
    "two expressions": "{{ a b }}",
    "break outside of loops": "{% break %}",
}


class Frozen(datetime.datetime):
    """The date that our tests give to `strftime_now`."""

    @classmethod
    def now(cls, tz=None):
        return cls(2026, 3, 9)


def golden(template):
    try:
        compiled = chat_template_utils._compile_jinja_template(template)
        return {"text": compiled.render(**VARIABLES)}
    except Exception as error:
        return {"error": type(error).__name__}


chat_template_utils.datetime = Frozen
cases = [{"name": n, "template": t, **golden(t)} for n, t in TEMPLATES.items()]
peers.write_json(peers.FIXTURES / "templates.json", {"variables": VARIABLES, "cases": cases})
