package plan

import "github.com/firehall/firehall/internal/event"

// Slices cuts a request for rows into requests that read at most rows rows each,
// cutting large files, with the same columns each. Together they give the same
// rows; the caller keeps to the limit. Only a request without Sort can be cut.
func Slices(r Request, rows int64) ([]Request, error) {
	p := &planner{Request: r, wanted: map[string]event.Field{}}
	fields, err := p.shown()
	if err != nil {
		return nil, err
	}
	r.Fields = nil
	for _, f := range fields {
		r.Fields = append(r.Fields, f.Name)
	}
	var out []Request
	var files []File
	held := int64(0)
	flush := func() {
		if len(files) > 0 {
			piece := r
			piece.Files = files
			out = append(out, piece)
		}
		files, held = nil, 0
	}
	for _, f := range parts(r.Files, max(1, rows)) {
		n := f.Rows
		if held+n > rows {
			flush()
		}
		files = append(files, f)
		held += n
	}
	flush()
	return out, nil
}

// parts cuts files that are longer than rows; the parts' Rows are their own.
func parts(files []File, rows int64) []File {
	var out []File
	for _, f := range files {
		if f.Rows <= rows || f.Part.Rows > 0 {
			out = append(out, f)
			continue
		}
		for first := int64(0); first < f.Rows; first += rows {
			piece := f
			piece.Part = Part{first, min(rows, f.Rows-first)}
			piece.Rows = piece.Part.Rows
			out = append(out, piece)
		}
	}
	return out
}

// RowBytes is a guess at the memory that one row of the answer takes in the engine.
func (p Plan) RowBytes() int64 {
	n := int64(40 * len(p.Packed))
	for _, c := range p.Columns {
		switch c.Kind {
		case event.Text:
			n += 40
		case event.IP:
			n += 16
		default:
			n += 8
		}
	}
	return max(1, n)
}
