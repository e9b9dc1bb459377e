package config

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// printWidth is where comments are broken, in characters.
const printWidth = 100

// Print writes the default configuration as a TOML file: every section and key
// with its meaning, each key commented out and with its default.
func Print(w io.Writer) error {
	p := printer{bufio.NewWriter(w)}
	p.comment("Firehall's configuration. Every key is shown with its default; remove the # before those you change.")
	p.comment("FIREHALL_SECTION_KEY in the environment goes before this file, such as FIREHALL_DATA_DIR.")
	p.comment("Durations are \"90s\", \"24h\", \"7d\"; sizes are \"64MiB\", \"1GB\".")
	root := reflect.TypeFor[Config]()
	for _, s := range fields(root) {
		p.section(s, root.Field(s.index).Type)
	}
	return p.Flush()
}

type printer struct{ *bufio.Writer }

func (p printer) section(s field, t reflect.Type) {
	head := "[" + s.key + "]"
	if t.Kind() == reflect.Map { // an example of what the user names
		head, t = "#["+s.key+".NAME]", t.Elem()
	}
	p.WriteString("\n")
	p.comment(s.doc)
	fmt.Fprintln(p, head)
	var tables []field
	for _, f := range fields(t) {
		if t.Field(f.index).Type.Kind() == reflect.Map {
			tables = append(tables, f)
			continue
		}
		p.key(f, t.Field(f.index).Type)
	}
	for _, f := range tables {
		p.table(strings.Trim(head, "#[]"), f)
	}
}

// key writes one key with its default.
func (p printer) key(f field, t reflect.Type) {
	p.WriteString("\n")
	p.comment(f.doc)
	if f.secret {
		p.comment("Or " + f.key + "_file: the name of a file that holds it.")
	}
	fmt.Fprintf(p, "#%s = %s\n", f.key, literal(t, f.fallback))
}

// table writes a table of a section whose keys the user chooses.
func (p printer) table(section string, f field) {
	p.WriteString("\n")
	p.comment(f.doc)
	key, value, _ := strings.Cut(f.example, "=")
	fmt.Fprintf(p, "#[%s.%s]\n#%s = %s\n", section, f.key, quoted(key), strconv.Quote(value))
}

// quoted puts a key in quotes if TOML needs them.
func quoted(key string) string {
	if strings.Contains(key, ".") {
		return strconv.Quote(key)
	}
	return key
}

// literal writes a default as TOML.
func literal(t reflect.Type, text string) string {
	v := reflect.New(t).Elem()
	if err := fromText(v, text); err != nil {
		panic("config: " + err.Error()) // a test reads every default
	}
	switch v := v.Interface().(type) {
	case bool, int:
		return fmt.Sprint(v)
	case []string:
		for i := range v {
			v[i] = strconv.Quote(v[i])
		}
		return "[" + strings.Join(v, ", ") + "]"
	case time.Duration:
		return strconv.Quote(FormatDuration(v))
	}
	return strconv.Quote(fmt.Sprint(v))
}

// comment writes text as comment lines.
func (p printer) comment(text string) {
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > printWidth {
			fmt.Fprintln(p, line)
			line = "#"
		}
		line += " " + word
	}
	fmt.Fprintln(p, line)
}
