package shadowserver

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed/format"
)

// reportLike is what a name of a report that the table does not know looks like.
var reportLike = regexp.MustCompile(`(?:^|[^a-z0-9_])((?:scan6?|event[46]|population6?|device|sandbox|honeypot|sinkhole)_[a-z0-9_]*[a-z0-9])`)

// dated is a date or number glued to the end of a name by an underscore: scan_telnet_20261120.
var dated = regexp.MustCompile(`(_\d{2,})+$`)

// choose finds the kind of report: by file name, else by header. known is false for a report that is not in the table.
func (t *Table) choose(fileName string, header []string) (r Report, known bool, err error) {
	base := strings.ToLower(path.Base(strings.ReplaceAll(fileName, `\`, "/")))
	if name := t.longestIn(base); name != "" {
		return t.reports[name], true, nil
	}
	if m := reportLike.FindStringSubmatch(base); m != nil {
		return unknown(dated.ReplaceAllString(m[1], ""), header), false, nil
	}
	fits := t.byHeader(header)
	if len(fits) == 0 {
		return unknown("unknown", header), false, nil
	}
	for _, f := range fits[1:] {
		if f.class() != fits[0].class() {
			u := &format.Undecided{}
			for _, f := range fits {
				u.Candidates = append(u.Candidates, f.Name)
			}
			slices.Sort(u.Candidates)
			return Report{}, false, problem.Wrap(problem.Invalid, u, "%s", fileName)
		}
	}
	return fits[0], true, nil
}

// longestIn finds the longest report name that stands in a file name as a word of its own: scan_ssl does not stand in
// scan_ssl_freak, nor in the scan_ssl_new that we do not know.
func (t *Table) longestIn(base string) (best string) {
	for name := range t.reports {
		if len(name) > len(best) && standsIn(base, name) {
			best = name
		}
	}
	return best
}

func standsIn(base, name string) bool {
	for from := 0; ; {
		i := strings.Index(base[from:], name)
		if i < 0 {
			return false
		}
		i += from
		if startsWord(base[:i]) && endsWord(base[i+len(name):]) {
			return true
		}
		from = i + 1
	}
}

// startsWord and endsWord: an underscore belongs to a name, unless a number (a date) stands on its other side.
func startsWord(before string) bool {
	n := len(before)
	if n == 0 || !wordByte(before[n-1]) {
		return true
	}
	return before[n-1] == '_' && n >= 3 && digit(before[n-2]) && digit(before[n-3])
}

func endsWord(after string) bool {
	if after == "" || !wordByte(after[0]) {
		return true
	}
	return dated.MatchString(strings.TrimRight(strings.SplitN(after, ".", 2)[0], "_")) && after[0] == '_' && len(after) > 1 && digit(after[1])
}

func digit(c byte) bool    { return c-'0' <= 9 }
func wordByte(c byte) bool { return c == '_' || digit(c) || c-'a' < 26 }

// byHeader lists the reports with exactly these columns (severity aside, any order); failing that those of whose columns none is
// missing, with the fewest left over. The one to take, if all mean the same, comes first: the shortest name, then by the alphabet.
func (t *Table) byHeader(header []string) []Report {
	have := map[string]bool{}
	for _, h := range header {
		have[h] = true
	}
	delete(have, "severity")
	var fits []Report
	most := 0
	for _, r := range t.Reports() {
		if n := len(r.Columns); n >= most && r.columnsIn(have) {
			if n > most {
				most, fits = n, nil
			}
			fits = append(fits, r)
		}
	}
	// Half of the columns unknown is no match.
	if most*2 < len(have) {
		return nil
	}
	slices.SortStableFunc(fits, func(a, b Report) int { return len(a.Name) - len(b.Name) })
	return fits
}

func (r Report) columnsIn(have map[string]bool) bool {
	for _, c := range r.Columns {
		if !have[c] && c != "severity" {
			return false
		}
	}
	return true
}

// unknown describes a report that is not in the table. A bare ip column is the machine observed; of src_ip nobody knows whether it is
// culprit or victim, so nobody is held responsible.
func unknown(name string, header []string) Report {
	r := Report{Name: name, Type: "undetermined", Role: "none", Columns: header}
	if slices.Contains(header, "ip") {
		r.Role, r.Standing = "source", "responsible"
	}
	return r
}
