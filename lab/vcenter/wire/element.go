package wire

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth bounds the nesting of a request: deeper than any chain of disks that
// vSphere supports, shallow enough that recursion over it is harmless.
const maxDepth = 200

const (
	vimNamespace  = "urn:vim25"
	soapNamespace = "http://schemas.xmlsoap.org/soap/envelope/"
	xsiNamespace  = "http://www.w3.org/2001/XMLSchema-instance"
)

// element is a parsed XML element: either children or text matter.
type element struct {
	name     xml.Name
	attrs    []xml.Attr
	children []*element
	text     string
}

func (e *element) attr(space, local string) (string, bool) {
	for _, a := range e.attrs {
		if a.Name.Local == local && a.Name.Space == space {
			return a.Value, true
		}
	}
	return "", false
}

// xsiType gives the local name of the element's xsi:type. Its prefix isn't
// resolved: vCenters take "xsd:string" with an unbound prefix, as govmomi
// sends it.
func (e *element) xsiType() (string, bool) {
	v, ok := e.attr(xsiNamespace, "type")
	if !ok {
		return "", false
	}
	if _, local, found := strings.Cut(v, ":"); found {
		return local, true
	}
	return v, true
}

func (e *element) isNil() bool {
	v, ok := e.attr(xsiNamespace, "nil")
	return ok && (v == "true" || v == "1")
}

func parse(r io.Reader) (*element, error) {
	d := xml.NewDecoder(r)
	var root *element
	var stack []*element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && root != nil && len(stack) == 0 {
			return root, nil
		}
		if err != nil {
			return nil, fmt.Errorf("malformed XML: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			e := &element{name: t.Name, attrs: t.Copy().Attr}
			if len(stack) == 0 {
				if root != nil {
					return nil, errors.New("malformed XML: more than one root element")
				}
				root = e
			} else {
				top := stack[len(stack)-1]
				top.children = append(top.children, e)
			}
			if stack = append(stack, e); len(stack) > maxDepth {
				return nil, errors.New("malformed request: nested too deep")
			}
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].text += string(t)
			}
		case xml.Directive:
			return nil, errors.New("malformed request: DTDs are not allowed")
		}
	}
}
