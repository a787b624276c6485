# Counts test cases in meson's testlog.json: one object a line, with the output of one test in it.
# A test that printed a TAP plan counts by its cases, another one as a single case.

# The JSON string that follows the key, decoded.
function text(key, at, rest, value, step, mark) {
	at = index($0, "\"" key "\": \"")
	if (!at)
		return ""
	rest = substr($0, at + length(key) + 5)
	value = ""
	while (match(rest, /["\\]/)) {
		value = value substr(rest, 1, RSTART - 1)
		if (substr(rest, RSTART, 1) == "\"")
			return value
		mark = substr(rest, RSTART + 1, 1)
		step = 2
		if (mark == "n")
			value = value "\n"
		else if (mark == "t")
			value = value "\t"
		else if (mark == "u") {
			value = value "?"
			step = 6
		} else if (mark != "r")
			value = value mark
		rest = substr(rest, RSTART + step)
	}
	return value
}

# The last lines of text, indented.
function show(all, most, lines, count, i) {
	sub(/\n+$/, "", all)
	if (all == "")
		return
	count = split(all, lines, "\n")
	for (i = count > most ? count - most + 1 : 1; i <= count; i++)
		print "    " lines[i]
}

function problem(test, what) {
	failed++
	broken = 1
	print "FAILED  " test ": " what
}

function skip(test, reason) {
	skipped++
	print "skipped " test (reason == "" ? "" : ": " reason)
}

function last_line(all, lines) {
	sub(/\n+$/, "", all)
	return lines[split(all, lines, "\n")]
}

# What a program that was skipped as a whole said last, without the empty TAP plan before it.
function skip_reason(reason) {
	reason = last_line(text("stdout"))
	if (reason == "")
		reason = last_line(text("stderr"))
	sub(/^1\.\.0 *(# *[Ss][Kk][Ii][Pp] *)?/, "", reason)
	return reason
}

# cmocka puts a skipped case's name after "SKIP", and what the case said of it on the line before.
function count_cases(test, lines, total, planned, i, line, ran, name, reason, said) {
	ran = 0
	said = ""
	for (i = 1; i <= total; i++) {
		line = lines[i]
		if (line !~ /^(not )?ok( |$)/) {
			said = line ~ /^(1\.\.|#)/ ? "" : line
			continue
		}
		ran++
		name = line
		sub(/^(not )?ok *[0-9]* *(- *)?/, "", name)
		if (match(name, /# *[Ss][Kk][Ii][Pp]/)) {
			reason = substr(name, RSTART + RLENGTH)
			sub(/ *# *[Ss][Kk][Ii][Pp].*/, "", name)
			sub(/^ */, "", reason)
			if (name == "") {
				name = reason
				reason = said
			}
			skip(test " / " name, reason)
		} else if (line ~ /^not ok/)
			problem(test, name)
		else
			passed++
		said = ""
	}
	if (ran != planned)
		problem(test, "ended after " ran " of " planned " cases")
}

{
	test = text("name")
	sub(/.* \/ /, "", test)
	result = text("result")
	output = text("stdout")
	total = split(output, lines, "\n")
	planned = -1
	broken = 0
	for (i = 1; i <= total; i++)
		if (lines[i] ~ /^1\.\.[0-9]+/) {
			planned = (planned < 0 ? 0 : planned) + substr(lines[i], 4)
		}

	good = result == "OK" || result == "EXPECTEDFAIL"
	if (result == "SKIP")
		skip(test, planned > 0 ? "" : skip_reason())
	else if (planned >= 0) {
		count_cases(test, lines, total, planned)
		if (!good && !broken)
			problem(test, "every case passed, but the program ended with " result)
	} else if (good)
		passed++
	else
		problem(test, result)

	if (broken) {
		show(output, 60)
		show(text("stderr"), 100)
	}
}

END {
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0
}
