package reference

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var group = schema.GroupVersion{Group: "vic.dev", Version: "v1alpha1"}

// ContainerVM is the part of the resource that a reconcile reads and writes.
type ContainerVM struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              json.RawMessage `json:"spec,omitempty"`
	Status            Status          `json:"status,omitempty"`
}

// Status is what it tells.
type Status struct {
	ID    string `json:"id,omitempty"`
	State string `json:"state,omitempty"`
}

// ContainerVMList is what the API server lists.
type ContainerVMList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ContainerVM `json:"items"`
}

// DeepCopyObject is a copy that shares nothing that is ever changed.
func (c *ContainerVM) DeepCopyObject() runtime.Object {
	copied := *c
	copied.ObjectMeta = *c.ObjectMeta.DeepCopy()
	return &copied
}

// DeepCopyObject copies all items.
func (l *ContainerVMList) DeepCopyObject() runtime.Object {
	copied := *l
	copied.ListMeta = *l.ListMeta.DeepCopy()
	copied.Items = make([]ContainerVM, len(l.Items))
	for i := range l.Items {
		copied.Items[i] = *l.Items[i].DeepCopyObject().(*ContainerVM)
	}
	return &copied
}

func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	scheme.AddKnownTypes(group, &ContainerVM{}, &ContainerVMList{})
	metav1.AddToGroupVersion(scheme, group)
	return scheme
}
