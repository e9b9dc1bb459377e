package message

// How much of a part is what: measured on real letters, and rounded up. Sizes are of the message as it travels.
const (
	partBase    = 16 << 10 // headers, the text around the sections, the attachments' frames
	sectionBase = 8 << 10  // a section's words, in letters of two bytes
	rowText     = 320      // a row's lines in the text, with escapes
	rowReport   = 850      // a row as X-ARF, or as an entry of the payload, without what follows
	rowCell     = 4        // of each value: comma, quotes
)

// Split cuts a letter into parts so that no message exceeds PartSize. A section may be cut between its rows, which the parts share with l;
// only a row that is too large by itself makes a larger part. Each part says the findings of the whole.
func (r *Renderer) Split(l Letter) []Letter {
	l = totals(l)
	c := cutter{whole: l, limit: r.o.PartSize, text: int64(r.o.MaxText), list: r.listed(len(l.Sections))}
	// The report names the team twice, with its domain, and the ticket.
	c.report = rowReport + 2*weigh(clip(l.Team.Name, 200)) + 4*weigh(l.Team.Email)
	c.begin()
	for _, s := range l.Sections {
		c.section(s)
	}
	c.end()
	for i := range c.parts {
		c.parts[i].Part, c.parts[i].Parts = i+1, len(c.parts)
	}
	return c.parts
}

// cutter holds the part being filled.
type cutter struct {
	whole             Letter
	limit, text       int64
	report            int64 // bytes of a row's X-ARF report before its own values
	list              int
	parts             []Letter
	part              []Section
	size, words, wide int64 // bytes of the message, of its text, of its CSV header
}

func (c *cutter) begin() {
	c.part, c.size, c.words, c.wide = nil, partBase, partBase, 0
}

func (c *cutter) end() {
	if len(c.part) == 0 && len(c.parts) > 0 {
		return
	}
	l := c.whole
	l.Sections = c.part
	c.parts = append(c.parts, l)
	c.begin()
}

// section puts the rows of a section into the part, and into further ones when it is full.
func (c *cutter) section(s Section) {
	from, shown := 0, 0
	open := false
	for i, w := range s.Rows {
		need, words, names := c.cost(s, w, open, shown)
		if (len(c.part) > 0 || i > from) && (c.size+need > c.limit || c.words+words > c.text) {
			c.take(s, from, i, open)
			c.end()
			from, shown, open = i, 0, false
			need, words, names = c.cost(s, w, open, shown)
		}
		c.size, c.words, c.wide = c.size+need, c.words+words, max(c.wide, names)
		open, shown = true, shown+1
	}
	if len(s.Rows) == 0 {
		c.size, c.words = c.size+sectionBase, c.words+sectionBase
		open = true
	}
	c.take(s, from, len(s.Rows), open)
}

// take adds rows from..to of a section to the part.
func (c *cutter) take(s Section, from, to int, open bool) {
	if !open {
		return
	}
	s.Rows = s.Rows[from:to:to]
	c.part = append(c.part, s)
}

// cost estimates what a row adds to the part: to the whole message, and to its text. names are the bytes of the row's column names.
func (c *cutter) cost(s Section, w Row, open bool, shown int) (need, words, names int64) {
	var csv, doc int64
	for k, v := range w.Event {
		n := weigh(v)
		csv += n + rowCell
		doc += n + int64(len(k)) + 6
		names += int64(len(k)) + 1
	}
	own := 2*weigh(w.Finding) + 3*weigh(clip(w.URL, maxCell)) + weigh(clip(w.Host, maxName)) + weigh(clip(w.Event["event_description.text"], 1000))
	need = max(encoded(csv+c.report+own), doc+c.report+own)
	if more := names - c.wide; more > 0 {
		need += encoded(more)
	}
	if shown < c.list {
		words += rowText + min(weigh(w.URL), 4*maxValue) + min(weigh(w.Host), 4*maxValue)
	}
	if !open {
		words += sectionBase
	}
	return need + words, words, names
}

// weigh is how long a value can become when what is not plain in it is escaped.
func weigh(s string) int64 {
	s = s[:min(len(s), 4*maxCell)] // longer ones are cut
	n := int64(len(s))
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			n += 5
		}
	}
	return n
}

// encoded is how long bytes become in base64 with its line ends.
func encoded(n int64) int64 { return n*4/3 + n/54 + 4 }
