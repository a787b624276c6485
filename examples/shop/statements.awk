# Makes an array of C strings of a script by `quern sql`: one a statement, without BEGIN and COMMIT.
BEGIN {
	print "/* Generated from schemas/shop.quern by quern sql. */"
	print "static const char *const shop_statements[] = {"
}

statement == "" && /^(--.*|BEGIN;|COMMIT;|)$/ { next }

{
	ends = sub(/;$/, "")
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\t/, "\\t")
	statement = statement "\n\t\"" $0 (ends ? "" : "\\n") "\""
	if (ends) {
		print substr(statement, 2) ","
		statement = ""
	}
}

END { print "};" }
