package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	controllerruntime "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const (
	operatorNamespace = "operated"
	finalizer         = "example.com/mirrored"
)

// mirror keeps a Secret for each ConfigMap that asks for one, with a finalizer and an owner reference.
type mirror struct{ client.Client }

func (m mirror) Reconcile(ctx context.Context, request controllerruntime.Request) (controllerruntime.Result, error) {
	var source corev1.ConfigMap
	if err := m.Get(ctx, request.NamespacedName, &source); err != nil {
		return controllerruntime.Result{}, client.IgnoreNotFound(err)
	}
	if source.Labels["mirror"] != "yes" {
		return controllerruntime.Result{}, nil
	}
	copied := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: source.Name, Namespace: source.Namespace}}
	if !source.DeletionTimestamp.IsZero() {
		if err := m.Delete(ctx, copied); client.IgnoreNotFound(err) != nil {
			return controllerruntime.Result{}, err
		}
		controllerutil.RemoveFinalizer(&source, finalizer)
		return controllerruntime.Result{}, m.Update(ctx, &source)
	}
	if controllerutil.AddFinalizer(&source, finalizer) {
		return controllerruntime.Result{}, m.Update(ctx, &source)
	}
	_, err := controllerutil.CreateOrUpdate(ctx, m.Client, copied, func() error {
		copied.StringData = source.Data
		return controllerutil.SetControllerReference(&source, copied, m.Scheme())
	})
	return controllerruntime.Result{}, err
}

// runOperator runs the operator, and a user for it: what the operator makes must follow what the user asks for. Argument: the media type.
func runOperator(ctx context.Context, args []string) error {
	controllerruntime.SetLogger(logr.Discard())
	config, watch, err := connect(args[0])
	if err != nil {
		return err
	}
	manager, err := controllerruntime.NewManager(config, controllerruntime.Options{
		Scheme: scheme.Scheme, Metrics: server.Options{BindAddress: "0"},
		LeaderElection: true, LeaderElectionID: "mirror", LeaderElectionNamespace: operatorNamespace, LeaderElectionReleaseOnCancel: true,
	})
	if err != nil {
		return err
	}
	err = controllerruntime.NewControllerManagedBy(manager).For(&corev1.ConfigMap{}).Owns(&corev1.Secret{}).Complete(mirror{manager.GetClient()})
	if err != nil {
		return err
	}
	// A client without a cache: what it reads is what is there.
	user, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	if err != nil {
		return err
	}
	if err := user.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: operatorNamespace}}); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(running) }()
	if err := useOperator(ctx, user); err != nil {
		stop()
		return errors.Join(err, <-ended)
	}
	stop()
	if err := <-ended; err != nil {
		return err
	}
	return watch.verdict()
}

func useOperator(ctx context.Context, user client.Client) error {
	source := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "source", Namespace: operatorNamespace, Labels: map[string]string{"mirror": "yes"}},
		Data:       map[string]string{"key": "one"},
	}
	if err := user.Create(ctx, source); err != nil {
		return err
	}
	key := client.ObjectKeyFromObject(source)
	isMirrored := func(value string) func() error {
		return func() error {
			var copied corev1.Secret
			if err := user.Get(ctx, key, &copied); err != nil {
				return err
			}
			if string(copied.Data["key"]) != value || len(copied.OwnerReferences) != 1 || copied.OwnerReferences[0].UID != source.UID {
				return fmt.Errorf("the secret is %v of %v", copied.Data, copied.OwnerReferences)
			}
			return nil
		}
	}
	if err := eventually(ctx, isMirrored("one")); err != nil {
		return err
	}
	held("the operator acts on what is new", "%s", key)
	if err := user.Get(ctx, key, source); err != nil {
		return err
	}
	before := source.DeepCopy()
	source.Data["key"] = "two"
	if err := user.Patch(ctx, source, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return err
	}
	if err := eventually(ctx, isMirrored("two")); err != nil {
		return err
	}
	held("the operator acts on what changes", "%s", key)
	if err := user.Delete(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: key.Name, Namespace: key.Namespace}}); err != nil {
		return err
	}
	if err := eventually(ctx, isMirrored("two")); err != nil {
		return err
	}
	held("the operator restores what it owns", "%s", key)
	if err := user.Delete(ctx, source); err != nil {
		return err
	}
	err := eventually(ctx, func() error {
		for _, object := range []client.Object{&corev1.ConfigMap{}, &corev1.Secret{}} {
			if err := user.Get(ctx, key, object); !apierrors.IsNotFound(err) {
				return fmt.Errorf("%T is still there: %v", object, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	held("the operator finalizes", "%s", key)
	return nil
}
