# code_only.awk: blanks comments, strings and character constants, so that what is left is code.
# Prints every line of its input as FILE:LINE:CODE.
FNR == 1 { in_comment = 0 }
{
	line = $0
	out = ""
	while (line != "") {
		if (in_comment) {
			at = index(line, "*/")
			if (at == 0)
				break
			line = substr(line, at + 2)
			in_comment = 0
			continue
		}
		c = substr(line, 1, 1)
		two = substr(line, 1, 2)
		if (two == "/*") {
			in_comment = 1
			line = substr(line, 3)
		} else if (two == "//") {
			break
		} else if (c == "\"" || c == "'") {
			for (i = 2; i <= length(line); i++) {
				d = substr(line, i, 1)
				if (d == "\\")
					i++
				else if (d == c)
					break
			}
			out = out c c
			line = substr(line, i + 1)
		} else {
			out = out c
			line = substr(line, 2)
		}
	}
	print FILENAME ":" FNR ":" out
}
