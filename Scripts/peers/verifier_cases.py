"""Pairs of answers with what is true of them, for `make-verifier-goldens.py`.

A line is `gold || answer`. Both sides are LaTeX, and are given to either system between dollar signs,
except in the blocks whose name ends with "plain". What is true is decided here, by hand.
"""

EQUAL = {
    "numbers": r"""
18 || 18.0
1234567 || 1,234,567
1234 || 1{,}234
10000 || 10,\!000
-4 || -4.00
0.5 || .5
0 || -0
0.75 || \frac{3}{4}
\frac{1}{2} || \frac12
\frac{72}{5} || 14.4
\frac{6}{8} || \dfrac{3}{4}
-\frac{1}{2} || \frac{-1}{2}
-\frac{1}{2} || \frac{1}{-2}
1\frac{3}{4} || 1.75
1\frac34 || \frac74
0.005 || 5 \times 10^{-3}
6.02\times 10^{23} || 602000000000000000000000
0.\overline{3} || \frac13
0.1\overline{6} || \frac16
2^{10} || 1024
10^{40} || 10000000000000000000000000000000000000000
5! || 120
\binom{5}{2} || 10
\frac{1,234}{2} || 617
\$1{,}000 || 1000
3:4 || \frac34
2516_8 || 2516_{8}
1011_2 || 11
\lfloor 2.7 \rfloor || 2
\lceil 2.1 \rceil || 3
|-5| || 5
\left|-\frac{5}{2}\right| || 2.5
2+3 || 5
2 \cdot 3 \div 4 || 1.5
\frac{\frac12}{3} || \frac16
""",
    "percent and units": r"""
50\% || 0.5
50\% || 50
12\% || \frac{3}{25}
90^\circ || 90
90^\circ || \frac{\pi}{2}
5\text{ cm} || 5
5\text{ cm}^2 || 5
100\text{ m/s} || 100
2\sqrt{3}\text{ units} || \sqrt{12}
18\text{ dollars} || 18
7\frac12\text{ hours} || 7.5
""",
    "radicals and powers": r"""
\frac{1}{\sqrt2} || \frac{\sqrt{2}}{2}
\sqrt{5+2\sqrt6} || \sqrt2+\sqrt3
\sqrt{12} || 2\sqrt3
\sqrt[3]{2} || 2^{1/3}
\sqrt[3]{-8} || -2
(-8)^{1/3} || -2
\frac{1}{1+\sqrt2} || \sqrt2-1
\sqrt{\frac{4}{9}} || \frac23
\sqrt{-4} || 2i
1+\sqrt{2}i || 1+i\sqrt2
\frac{1}{i} || -i
(1+i)^2 || 2i
e^{i\pi} || -1
\frac{\sqrt5+1}{2} || \frac{2}{\sqrt5-1}
8^{2/3} || 4
\sqrt{10^{20}+1}-10^{10} || \frac{1}{\sqrt{10^{20}+1}+10^{10}}
2^{-3} || \frac18
\sqrt[4]{16} || 2
9\sqrt{2} || 9 \sqrt 2
\sqrt{2}\sqrt{3} || \sqrt6
""",
    "functions": r"""
\sin 30^\circ || \frac12
\tan 75^\circ || 2+\sqrt3
\arctan 1 || \frac{\pi}{4}
\sin^{-1}(1) || \frac{\pi}{2}
\arccos(-\frac12) || \frac{2\pi}{3}
\ln(e^2) || 2
\log_2 8 || 3
\log 100 || 2
\log_{10} 1000 || 3
\frac{\ln 8}{\ln 2} || 3
\ln 8 || 3\ln 2
\cosh 0 || 1
\cos\frac{\pi}{5} || \frac{1+\sqrt5}{4}
\frac{3}{4}\pi || 0.75\pi
\exp(2) || e^2
2\pi || \pi\cdot 2
""",
    "expressions": r"""
(x+1)^2 || x^2+2x+1
x^2-1 || (x-1)(x+1)
\frac{x^2-1}{x-1} || x+1
\sin^2 x+\cos^2 x || 1
\frac{\sin x}{\cos x} || \tan x
2\sin x\cos x || \sin 2x
\sqrt{x^2} || |x|
|x-1| || |1-x|
x^{1/3} || \sqrt[3]{x}
2^{x+1} || 2\cdot 2^x
3x^2y || 3yx^2
\frac{a}{b} || a/b
x_1+x_2 || x_2+x_1
\frac{1}{1+\frac{1}{1+x}} || \frac{1+x}{2+x}
e^{2x} || (e^x)^2
\ln(ab) || \ln a+\ln b
\ln\frac{x}{y} || \ln x-\ln y
\frac{n(n+1)}{2} || \frac{n^2+n}{2}
-x+2 || 2-x
\alpha+\beta || \beta+\alpha
(a+b)^3 || a^3+3a^2b+3ab^2+b^3
\frac{x}{2} || \frac12 x
\frac{x+y}{xy} || \frac1x+\frac1y
\cos 2x || 1-2\sin^2 x
x^3-6x^2+11x-6 || (x-1)(x-2)(x-3)
""",
    "equations and inequalities": r"""
5 || x=5
x=5 || 5
5 || 5=x
x=5 || y=5
y=2x+3 || 2x+3
f(x)=x^2 || x^2
2x+3=y || 2x+3
x^2+y^2=1 || 2x^2+2y^2=2
x^2-4=0 || (x-2)(x+2)=0
2+3=5 || 5
x=2+3=5 || 5
x>5 || (5,\infty)
x \le 5 || 5 \ge x
1 < x \le 3 || (1,3]
x \in [1,3) || [1,3)
x \in [1,3) || 1 \le x < 3
x\ne 3 || (-\infty,3)\cup(3,\infty)
x<1\text{ or }x>2 || (-\infty,1)\cup(2,\infty)
x>1\text{ and }x<5 || (1,5)
x+y<3 || 3>x+y
""",
    "sets, tuples, intervals, matrices": r"""
\{1,2\} || \{2,1\}
\{1,2\} || 1,2
1,2 || 2,1
6\text{ and }7 || 7,6
\{1,\frac12\} || \{0.5,1\}
\pm 2 || 2,-2
\pm 2 || \{-2,2\}
x=\pm 2 || \{-2,2\}
1\pm\sqrt2 || 1+\sqrt2, 1-\sqrt2
x=1, x=2 || 1,2
x=1\text{ or }x=2 || \{1,2\}
a=1,b=2 || b=2,a=1
\emptyset || \{\}
\{5\} || 5
(1,2) || (1.0,\frac42)
(1,2) || 1,2
(1,2,3) || (1, 2, 3)
(1,2,3) || [1,2,3]
(2+\sqrt3,-1) || (\sqrt3+2,-1)
\left(\frac12,\frac{\pi}{3}\right) || (0.5,\pi/3)
(x+1,y) || (1+x,y)
[0,1]\cup[1,2] || [0,2]
(-\infty,1)\cup(2,\infty) || (2,\infty)\cup(-\infty,1)
(-\infty,3)\cup(3,\infty)\cup\{3\} || \mathbb{R}
[-\frac12,\infty) || [-0.5,\infty)
\infty || +\infty
\begin{pmatrix}1\\2\end{pmatrix} || \begin{bmatrix}1\\ \frac42\end{bmatrix}
\begin{pmatrix}1&0\\0&1\end{pmatrix} || \begin{pmatrix}1.0&0\\0&1.0\end{pmatrix}
""",
    "text": r"""
\text{Evelyn} || \text{evelyn}
\text{(B)} || B
\text{even} || \textbf{even}
\boxed{\frac34} || 0.75
\boxed{\boxed{7}} || 7
\left( 3, \frac{\pi}{2} \right) || (3,\frac{\pi}{2})
""",
    "completions plain": r"""
$18$ || So she makes 9 * 2 = 18 dollars. The answer is 18.
$\frac34$ || Thus $x = \frac{6}{8}$, so the answer is $\boxed{\frac{3}{4}}$.
$5$ || First \boxed{3}, no: \boxed{5}
$\sqrt2$ || The final answer is $\sqrt{2}$. I hope it is correct.
$12$ || 5 + 7 = 12
$\frac12$ || The probability is $\frac{1}{2}$.
$3$ || We get \[ x = 3. \]
$1234$ || The total is 1,234
$-7$ || Answer: -7
$42$ || #### 42
$2,3$ || The answer is $2$ and $3$.
$0.5$ || The answer is 1/2
$1.75$ || The answer is 1 3/4
$1000000$ || The answer is 1,000,000.
$3$ || Let $x$ be the number. Then $2x = 6$, so $x = 3$.
""",
}

DIFFERENT = {
    "numbers": r"""
18 || 19
18 || -18
\frac12 || \frac13
10^{40} || 10^{40}+1
3.14 || 3,14
\frac13 || 0.333333
\frac13 || 0.3333
\pi || 3.14
2\pi || 6.283185
\sqrt2 || 1.414214
\sqrt2 || 1.4142135623730951
e || 2.718281828459045
0.5\% || 0.5
5\% || 0.5
1 || 9^{9^{9^9}}
2516_8 || 2516
123 || 1\,2\,3
0 || 10^{-25}\sqrt2
1000000007 || 1000000008
0.1+0.2 || 0.30000000000000004
1\frac34 || \frac34
2^{10} || 2^{11}
0 || \frac{1}{0}
""",
    "expressions": r"""
x+1 || x+2
\sqrt{x^2} || x
\frac{a}{b+c} || \frac{a}{b}+c
2n+1 || 2k+1
\sin x || \cos x
x^2 || x^3
x|y| || |x|y
\log 2 || \ln 2
x || X
2x || 2
x+C || x
\sin(x+\pi) || \sin x
-2^2 || 4
e^{x} || e^{-x}
(x-1)(x+1) || x^2+1
""",
    "sets, tuples, intervals, matrices": r"""
(1,2) || [1,2]
(1,2) || (2,1)
(1,2) || (1,2,3)
[0,1) || [0,1]
\{1,2\} || \{1,3\}
\{1,2\} || \{1\}
1,2 || 1
1 || 1,2
\pm 2 || 2
a=1,b=2 || a=2,b=1
\infty || -\infty
x>5 || x\ge 5
x>5 || x<5
x+y<3 || x+y>3
x^2+y^2=1 || x^2+y^2=2
[0,1]\cup[2,3] || [0,3]
\emptyset || \{0\}
\begin{pmatrix}1\\2\end{pmatrix} || \begin{pmatrix}2\\1\end{pmatrix}
\begin{pmatrix}1\\2\end{pmatrix} || \begin{pmatrix}1&2\end{pmatrix}
\text{Evelyn} || \text{Evenly}
\text{yes} || \text{no}
""",
    "completions plain": r"""
$18$ || The answer is 19.
$18$ || I do not know.
$5$ || \boxed{5} or rather \boxed{6}
$1$ || \boxed{1} or \boxed{2}
$1$ || \boxed{1, 2}
$5$ || \boxed{}
$5$ || The answer is not known, perhaps five.
""",
}
