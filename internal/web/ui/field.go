package ui

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// fieldID is the id of a field's element.
func fieldID(p FieldProps) string { return either(p.ID, "field-"+p.Name) }

func chosen(p FieldProps, o Option) bool { return o.Chosen || p.Value != "" && p.Value == o.Value }

// ticked reports whether a box is: by an option that is chosen, or by a hint that says so.
func ticked(p FieldProps) bool { return len(p.Options) > 0 && p.Options[0].Chosen }

// described names the elements that say more about a field.
func described(p FieldProps) string {
	var ids []string
	if p.Help != "" {
		ids = append(ids, fieldID(p)+"-help")
	}
	if p.Wrong != "" {
		ids = append(ids, fieldID(p)+"-wrong")
	}
	return strings.Join(ids, " ")
}

// fieldAttributes are what fields of all kinds have in common.
func fieldAttributes(p FieldProps) templ.Attributes {
	a := templ.Attributes{"name": p.Name, "id": fieldID(p), "required": p.Required}
	if p.Limit > 0 {
		a["maxlength"] = strconv.Itoa(p.Limit)
	}
	for name, value := range map[string]string{"placeholder": p.Hint, "autocomplete": p.Complete, "list": p.List, "aria-describedby": described(p)} {
		if value != "" {
			a[name] = value
		}
	}
	if p.Wrong != "" {
		a["aria-invalid"] = "true"
	}
	return a
}
