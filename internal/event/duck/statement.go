package duck

import (
	"fmt"
	"strings"
)

// admit refuses whatever is not plainly one statement. DuckDB's driver would run
// the first of two before anybody could look at their types; the planner writes
// neither semicolons nor comments outside of quoted names.
func admit(sql string) error {
	if strings.Count(sql, `"`)%2 != 0 || strings.Count(sql, "'")%2 != 0 {
		return fmt.Errorf("an open quote in the statement")
	}
	plain := outside(sql)
	for _, sign := range []string{";", "--", "/*", "$$"} {
		if strings.Contains(plain, sign) {
			return fmt.Errorf("%q in the statement", sign)
		}
	}
	if words := strings.Fields(plain); len(words) == 0 || !strings.EqualFold(words[0], "SELECT") {
		return fmt.Errorf("the statement is no SELECT")
	}
	return nil
}

// outside is the text outside of quotes.
func outside(sql string) string {
	var b strings.Builder
	var within rune
	for _, r := range sql {
		switch {
		case within == 0 && (r == '"' || r == '\''):
			within = r
			b.WriteByte(' ')
		case within == r:
			within = 0
		case within == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}
