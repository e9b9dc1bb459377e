package shadowserver

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/firehall/firehall/internal/feed/format"
)

// url puts host and path together. What is no path, or has no host, stays in extra: a made-up URL would send somebody to the wrong page.
func (r *run) url(i int, v []byte, fields [][]byte) {
	s, col := &r.program.steps[i], r.columns[i]
	if bytes.Contains(v, []byte("://")) {
		col.Text(v)
		return
	}
	var host []byte
	if s.host >= 0 {
		host = fields[s.host]
	}
	if len(host) == 0 || bytes.ContainsAny(host, " /\\@") {
		r.putAside(i, v)
		return
	}
	path := requestPath(v)
	r.buf = append(append(append(r.buf[:0], scheme(s, fields)...), "://"...), host...)
	if rest, ok := bytes.CutPrefix(path, host); ok {
		path = rest
	}
	if len(path) == 0 || path[0] != '/' && path[0] != '?' {
		r.buf = append(r.buf, '/')
	}
	r.buf = append(r.buf, path...)
	col.Text(r.buf)
}

// requestPath gives the path of a whole request line ("GET /x HTTP/1.1"), which sinkholes write at times.
func requestPath(v []byte) []byte {
	first := bytes.IndexByte(v, ' ')
	last := bytes.LastIndex(v, []byte(" HTTP/"))
	if first <= 0 || last <= first || bytes.IndexByte(v[:first], '/') >= 0 {
		return v
	}
	return v[first+1 : last]
}

// schemes are the words in reports that mean another scheme than http.
var schemes = []struct{ word, scheme string }{{"https", "https"}, {"ssl", "https"}, {"tls", "https"}, {"ftp", "ftp"}}

// scheme is what the report's column says if that is a scheme of the web, else http.
func scheme(s *step, fields [][]byte) string {
	if s.scheme < 0 {
		return "http"
	}
	for _, known := range schemes {
		if v := fields[s.scheme]; len(v) == len(known.word) && strings.EqualFold(string(v), known.word) {
			return known.scheme
		}
	}
	return "http"
}

func fieldCount(got, want int) string {
	return fmt.Sprintf("the row has %d cells where the header has %d", got, want)
}

// describe says in words what is wrong with a cell; long or odd values are shortened.
func describe(column string, v []byte, what string) string {
	if len(v) > 60 {
		v = append(append([]byte(nil), v[:60]...), "..."...)
	}
	if len(v) == 0 {
		return "column " + column + " " + what
	}
	return fmt.Sprintf("column %s: %q %s", column, format.Escape(v), what)
}
