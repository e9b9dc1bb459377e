package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/nearest"
)

// field is a field of a section as its tags describe it.
type field struct {
	key, doc, fallback, example string
	secret                      bool
	index                       int
}

// fields lists the fields of a section's type.
func fields(t reflect.Type) []field {
	out := make([]field, t.NumField())
	for i := range out {
		tag := t.Field(i).Tag
		out[i] = field{tag.Get("key"), tag.Get("doc"), tag.Get("default"), tag.Get("example"), tag.Get("secret") == "true", i}
	}
	return out
}

// known lists the keys that a section may hold.
func known(all []field) []string {
	var keys []string
	for _, f := range all {
		keys = append(keys, f.key)
		if f.secret {
			keys = append(keys, f.key+"_file")
		}
	}
	return keys
}

// fresh returns a section with its defaults. A default that cannot be read is a
// defect, which a test of this package finds.
func fresh[T any]() T {
	var v T
	if err := fill(reflect.ValueOf(&v).Elem()); err != nil {
		panic("config: " + err.Error())
	}
	return v
}

func fill(v reflect.Value) error {
	for _, f := range fields(v.Type()) {
		dst := v.Field(f.index)
		switch dst.Kind() {
		case reflect.Struct:
			if err := fill(dst); err != nil {
				return err
			}
		case reflect.Map:
			dst.Set(reflect.MakeMap(dst.Type()))
		default:
			if err := fromText(dst, f.fallback); err != nil {
				return fmt.Errorf("the default of %s: %w", f.key, err)
			}
		}
	}
	return nil
}

// config binds the whole: the file's values, and the environment's over them.
func (b *binder) config(cfg *Config, values map[string]any, environ []string) {
	root := reflect.ValueOf(cfg).Elem()
	env := environment(environ)
	sections := fields(root.Type())
	b.unknown("", values, known(sections))
	for _, s := range sections {
		v := root.Field(s.index)
		if table, ok := b.table(s.key, values[s.key]); ok {
			b.bind(s.key, v, table)
		}
		if v.Kind() == reflect.Struct {
			b.fromEnvironment(s.key, v, env)
		}
	}
}

// table returns a value as a table; nil is an empty one.
func (b *binder) table(path string, value any) (map[string]any, bool) {
	switch value := value.(type) {
	case nil:
		return nil, true
	case map[string]any:
		return value, true
	}
	b.complain(path, "this is a table: write [%s] on a line of its own, and its keys below", path)
	return nil, false
}

// unknown complains of keys that nobody knows.
func (b *binder) unknown(path string, values map[string]any, keys []string) {
	for key := range values {
		if !slices.Contains(keys, key) {
			b.complain(join(path, key), "unknown key%s", nearest.Hint(key, keys))
		}
	}
}

// bind puts a value of the file into its place.
func (b *binder) bind(path string, v reflect.Value, value any) {
	switch v.Kind() {
	case reflect.Struct:
		b.section(path, v, value)
	case reflect.Map:
		b.entries(path, v, value)
	default:
		if err := set(v, value); err != nil {
			b.complain(path, "%v", err)
		}
	}
}

func (b *binder) section(path string, v reflect.Value, value any) {
	values, ok := b.table(path, value)
	if !ok {
		return
	}
	all := fields(v.Type())
	b.unknown(path, values, known(all))
	for _, f := range all {
		value, ok := values[f.key]
		if _, isText := value.(string); ok && f.secret && !isText {
			b.complain(join(path, f.key), "must be text, in quotes") // and the message without it
		} else if ok {
			b.bind(join(path, f.key), v.Field(f.index), value)
		}
		if file, ok := values[f.key+"_file"]; ok && f.secret {
			b.secret(join(path, f.key), v.Field(f.index), file, values[f.key] != nil)
		}
	}
}

// secret reads a secret from the file that the configuration names.
func (b *binder) secret(path string, v reflect.Value, file any, both bool) {
	name, ok := file.(string)
	if !ok || both {
		b.complain(path+"_file", "give either %s or the name of a file that holds it", path)
		return
	}
	text, err := b.files(name)
	if err != nil {
		b.complain(path+"_file", "%v", err)
		return
	}
	v.SetString(strings.TrimSpace(string(text)))
}

// entries binds a table whose keys the user chooses.
func (b *binder) entries(path string, v reflect.Value, value any) {
	values, ok := b.table(path, value)
	if !ok {
		return
	}
	flat := v.Type().Elem().Kind() == reflect.String
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if sub, ok := values[key].(map[string]any); ok && flat {
			b.nested(join(path, key), v, key, sub)
			continue
		}
		entry := reflect.New(v.Type().Elem()).Elem()
		if entry.Kind() == reflect.Struct {
			if err := fill(entry); err != nil {
				panic("config: " + err.Error())
			}
		}
		b.bind(join(path, key), entry, values[key])
		v.SetMapIndex(reflect.ValueOf(key), entry)
	}
}

// nested takes a dotted key without quotes for what was meant: TOML reads
// source.ip = "x" as a table source with a key ip.
func (b *binder) nested(path string, v reflect.Value, prefix string, values map[string]any) {
	for key, value := range values {
		switch value := value.(type) {
		case string:
			v.SetMapIndex(reflect.ValueOf(prefix+"."+key), reflect.ValueOf(value))
		case map[string]any:
			b.nested(join(path, key), v, prefix+"."+key, value)
		default:
			b.complain(join(path, key), "%v", set(reflect.New(v.Type().Elem()).Elem(), value))
		}
	}
}

// set puts a value of TOML into a field, or says what it should have been.
func set(v reflect.Value, value any) error {
	text, isText := value.(string)
	number, isNumber := value.(int64)
	switch dst := v.Addr().Interface().(type) {
	case *string:
		if isText {
			*dst = text
			return nil
		}
		return fmt.Errorf("%v must be text, in quotes", value)
	case *bool:
		if yes, ok := value.(bool); ok {
			*dst = yes
			return nil
		}
		return fmt.Errorf("%v must be true or false, without quotes", value)
	case *int:
		if isNumber && number == int64(int32(number)) {
			*dst = int(number)
			return nil
		}
		return fmt.Errorf("%v must be a whole number, without quotes", value)
	case *Size:
		if isNumber && number >= 0 {
			*dst = Size(number)
			return nil
		}
		return parsed(dst, ParseSize, text, value)
	case *time.Duration:
		return parsed(dst, ParseDuration, text, value)
	case *[]string:
		return setList(dst, value)
	}
	panic("config: a field of a type that no file can hold: " + v.Type().String())
}

// parsed stores what parse makes of a text.
func parsed[T any](dst *T, parse func(string) (T, error), text string, value any) error {
	if _, ok := value.(string); !ok {
		text = fmt.Sprint(value)
	}
	out, err := parse(text)
	if err != nil {
		return err
	}
	*dst = out
	return nil
}

func setList(dst *[]string, value any) error {
	items, ok := value.([]any)
	if !ok {
		return fmt.Errorf("%v must be a list of texts, such as [\"a\", \"b\"]", value)
	}
	out := make([]string, len(items))
	for i, item := range items {
		if out[i], ok = item.(string); !ok {
			return fmt.Errorf("%v in the list must be text, in quotes", item)
		}
	}
	*dst = out
	return nil
}

// fromText puts text, from a default or the environment, into a field.
func fromText(v reflect.Value, text string) error {
	switch v.Interface().(type) {
	case bool:
		yes, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q must be true or false", text)
		}
		return set(v, yes)
	case int:
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return fmt.Errorf("%q must be a whole number", text)
		}
		return set(v, n)
	case []string:
		var items []any
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
		return setList(v.Addr().Interface().(*[]string), items)
	}
	return set(v, text)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
