# Turns template files into C: each block, from its "%% name" line to the next one, becomes a constant
# `template_name`. Blank lines at the end of a block separate it from the next and do not belong to it.
BEGIN { print "/* Made by embed.awk from templates/. */" }
FNR == 1 { finish() }
/^%% / { finish(); name = $2; next }
name == "" { next }
/^$/ { blank = blank "\n\t\"\\n\""; next }
{
	gsub(/[\\"]/, "\\\\&")
	text = text blank "\n\t\"" $0 "\\n\""
	blank = ""
}
END { finish() }
function finish() {
	if (name != "")
		print "static const struct str template_" name " = STR_INIT(" text ");"
	name = text = blank = ""
}
