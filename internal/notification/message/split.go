package message

// How much of a part is what: measured on real letters, and rounded up. Sizes are of the message as it travels.
const (
	partBase    = 16 << 10 // headers, the text around the sections, the attachments' frames
	sectionBase = 8 << 10  // a section's words, in letters of two bytes
	rowText     = 320      // a row's lines in the text, with escapes
	rowReport   = 850      // a row as X-ARF without what follows
	rowCell     = 4        // of each value: comma, quotes
	rowPacked   = 60       // a usual row of the table, compressed: mostly its id, which is noise, its time and its address
)

// maxRatio is how many times longer than the message its table may be, once it is opened: real ones are some ten times, and more than this is
// what scanners take for a bomb, and what nobody's spreadsheet opens.
const maxRatio = 16

// EventsPerPart is about how many observations fit into one part, for those who plan: Split alone knows.
func (r *Renderer) EventsPerPart() int64 { return max(1, (r.o.PartSize-partBase)*3/4/rowPacked) }

// Split cuts a letter into parts so that no message exceeds PartSize, encoded and with its tables compressed, before it is encrypted. A
// section may be cut between its rows, which the parts share with l; only a row that is too large by itself makes a larger part. Each part
// says the findings of the whole, and all tables have the same columns, so that they can be put together again.
func (r *Renderer) Split(l Letter) []Letter {
	l = totals(l)
	l.Part, l.Parts = 1, 1
	if r.light(l) {
		return []Letter{l}
	}
	l.columns = header(l)
	c := newCutter(r, l)
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
	whole        Letter
	limit, text  int64
	list         int
	parts        []Letter
	part         []Section
	words        int64 // bytes of the part's text
	csv, reports gauge
	lines        tableLines
	us           party
	reported     map[string]bool // findings of the section in this part; nil when there is no X-ARF
}

func newCutter(r *Renderer, l Letter) *cutter {
	pack := packingOf(r.o.PartSize)
	c := &cutter{
		whole: l, limit: r.o.PartSize, text: int64(r.o.MaxText), list: r.listed(len(l.Sections)),
		csv: gauge{pack: pack}, reports: gauge{pack: pack}, lines: linesOf(l),
	}
	if us, ok := reporter(l.Team); ok && l.Findings <= maxReports {
		c.us, c.reported = us, map[string]bool{}
	}
	c.begin()
	return c
}

func (c *cutter) begin() {
	c.part, c.words = nil, partBase
	c.csv.reset()
	c.reports.reset()
	c.csv.add(c.lines.header())
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
	clear(c.reported)
	for i, w := range s.Rows {
		line, doc := c.lines.row(s, w), c.report(s, w)
		words := rowWords(w, shown, c.list)
		if (len(c.part) > 0 || i > from) && !c.fits(len(line), len(doc), words) {
			c.take(s, from, i)
			c.end()
			clear(c.reported)
			from, shown = i, 0
			words = rowWords(w, shown, c.list)
			line, doc = c.lines.row(s, w), c.report(s, w) // the header was written where the line was, and the part knows of no report
		}
		c.csv.add(line)
		c.reports.add(doc)
		c.words += words
		if c.reported != nil {
			c.reported[w.Finding] = true
		}
		shown++
	}
	if len(s.Rows) == 0 {
		c.words += sectionBase
		c.part = append(c.part, s)
		return
	}
	c.take(s, from, len(s.Rows))
}

// take adds rows from..to of a section to the part.
func (c *cutter) take(s Section, from, to int) {
	if from == to {
		return
	}
	s.Rows = s.Rows[from:to:to]
	c.part = append(c.part, s)
}

// report is what the row adds to X-ARF: the first of each finding. Which will be its latest is not known yet; they are of about one length,
// and where they are not, the reports are left out of the part.
func (c *cutter) report(s Section, w Row) []byte {
	if c.reported == nil || s.Standing == Victim || c.reported[w.Finding] {
		return nil
	}
	doc, _ := reportLine(c.whole, s, w, c.us)
	return doc
}

// fits tells whether the part takes so many more bytes. What is compressed already is known exactly; only when the rest, counted as it is,
// goes beyond the limit is it compressed too.
func (c *cutter) fits(line, doc int, words int64) bool {
	if c.words+words > c.text || c.csv.raw+int64(line) > maxRatio*c.limit {
		return false
	}
	need := func() int64 { return c.words + words + encoded(c.csv.with(line)) + encoded(c.reports.with(doc)) }
	if need() <= c.limit {
		return true
	}
	c.csv.squeeze()
	c.reports.squeeze()
	return need() <= c.limit
}

// rowWords is what a row adds to the text: its lines while there is room in the list, and with the first one the section's words.
func rowWords(w Row, shown, list int) (n int64) {
	if shown < list {
		n = rowText + min(weigh(w.URL), 4*maxValue) + min(weigh(w.Host), 4*maxValue)
	}
	if shown == 0 {
		n += sectionBase
	}
	return n
}

// light tells whether the letter surely fits one part, by a guess that never says too little, and is quick: most letters are small.
func (r *Renderer) light(l Letter) bool {
	// The report names the team twice, with its domain, and the ticket.
	report := rowReport + 2*weigh(clip(l.Team.Name, 200)) + 4*weigh(l.Team.Email)
	list := r.listed(len(l.Sections))
	words, files := int64(partBase), int64(2*zipFrame)
	names := map[string]bool{}
	for _, s := range l.Sections {
		words += sectionBase
		for i, w := range s.Rows {
			words += rowWords(w, i+1, list+1)
			for k, v := range w.Event {
				files += weigh(v) + rowCell
				if !names[k] {
					names[k] = true
					files += int64(len(k)+1) * int64(len(s.Rows)+2)
				}
			}
			files += report + 2*weigh(w.Finding) + 3*weigh(clip(w.URL, maxCell)) + weigh(clip(w.Host, maxName)) + weigh(clip(w.Event["event_description.text"], 1000))
			if words > int64(r.o.MaxText) || words+encoded(files) > r.o.PartSize {
				return false
			}
		}
	}
	return words <= int64(r.o.MaxText)
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

// encoded is how long bytes become in base64 with lines of 76 characters and their ends.
func encoded(n int64) int64 { return (n+2)/3*4 + (n/57+1)*2 }

// rows counts the observations of a letter.
func rows(l Letter) (n int) {
	for _, s := range l.Sections {
		n += len(s.Rows)
	}
	return n
}
