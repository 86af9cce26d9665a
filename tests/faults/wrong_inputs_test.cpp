// Inputs and masks that a built layer does not take.
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/losses.h>
#include <carousel/nn/metrics.h>
#include <tests/faults/wrong_use.h>

using namespace carousel;
using namespace carousel::test;

namespace {

// Of a layer that was built for one shape, called with another.
template <class L>
Wrong misfit(const char* text, typename L::Options options, const Shape& built,
             const Shape& given) {
  return {text, fault<ShapeError>(text, [=] {
            L layer(options);
            layer.build(built);
            layer(ones(given));
          })};
}

// The same where query, value and key are one.
template <class L>
Wrong self_attention(const char* text, typename L::Options options, const Shape& given) {
  return {text, fault<ShapeError>(text, [=] {
            L layer(options);
            const Tensor x = ones({2, 3, 4}), other = ones(given);
            layer(nn::Values{x, x});
            layer(nn::Values{other, other});
          })};
}

template <class E, class L>
Wrong masked(const char* text, typename L::Options options, const Tensor& x, const Tensor& mask) {
  return {text, fault<E>(text, [=] { L{options}(nn::Value::masked(x, mask)); })};
}

template <class E = ShapeError>
Wrong wrong(const char* text, std::function<void()> call) {
  return {text, fault<E>(text, std::move(call))};
}

Tensor mask_of(const Shape& shape) { return ones(shape, {.dtype = boolean}); }

const Tensor kX = ones({2, 4, 3});

}  // namespace

BOOST_AUTO_TEST_SUITE(wrong_inputs)

BOOST_AUTO_TEST_CASE(other_features) {
  using namespace nn;
  check_all({
      misfit<EinsumDense>("[einsum_dense] was built for 3 along 'b' of 'ab', got shape (2, 5); in "
                          "einsum_dense (EinsumDense)",
                          {.equation = "ab,bc->ac", .output_shape = {2}}, {2, 3}, {2, 5}),
      misfit<EinsumDense>("[einsum_dense] was built for 3 along 'x' of '...x', got shape (2, 4, "
                          "5); in einsum_dense (EinsumDense)",
                          {.equation = "...x,xy->...y", .output_shape = {-1, 2}}, {2, 4, 3},
                          {2, 4, 5}),
      misfit<PReLU>("[prelu] was built for rows (1,), got shape (2, 5): sizes that vary belong "
                    "into shared_axes; in p_re_lu (PReLU)",
                    {}, {2, 1}, {2, 5}),
      misfit<PReLU>("[prelu] was built for rows (3,), got shape (2, 4, 3): sizes that vary belong "
                    "into shared_axes; in p_re_lu (PReLU)",
                    {}, {2, 3}, {2, 4, 3}),
      self_attention<MultiHeadAttention>("[einsum_dense] was built for 4 along 'd' of 'btd', got "
                                         "shape (2, 3, 5); in multi_head_attention.value "
                                         "(EinsumDense)",
                                         {.num_heads = 1, .key_dim = 2}, {2, 3, 5}),
      self_attention<AdditiveAttention>("[additive_attention] was built for 4 features, got query "
                                        "(2, 3, 5); in additive_attention (AdditiveAttention)",
                                        {}, {2, 3, 5}),
  });
}

BOOST_AUTO_TEST_CASE(other_axes) {
  using namespace nn;
  check_all({
      misfit<SpatialDropout1D>("[spatial_dropout1d] needs (batch, time, features), got shape (2, "
                               "3); in spatial_dropout1d (SpatialDropout1D)",
                               {.rate = 0.5}, {2, 3}, {2, 3}),
      misfit<Masking>("[masking] needs (batch, time, features), got shape (2, 5); in masking "
                      "(Masking)",
                      {}, {2, 3, 4}, {2, 5}),
      misfit<AveragePooling2D>("[average_pooling2d] needs (batch, height, width, channels), got "
                               "shape (2, 3, 5); in average_pooling2d (AveragePooling2D)",
                               {}, {2, 5, 4, 1}, {2, 3, 5}),
      misfit<MaxPooling1D>("[max_pool] a window over 4 does not fit axis 1 of (2, 3, 5); in "
                           "max_pooling1d (MaxPooling1D)",
                           {.pool_size = 4}, {2, 5, 4}, {2, 3, 5}),
      misfit<GlobalAveragePooling1D>("[global_average_pooling1d] there is nothing to pool: the "
                                     "input is (2, 0, 5); in global_average_pooling1d "
                                     "(GlobalAveragePooling1D)",
                                     {}, {2, 5, 5}, {2, 0, 5}),
      misfit<AdaptiveMaxPooling1D>("[adaptive_max_pooling1d] needs (batch, time, features), got "
                                   "shape (2, 3); in adaptive_max_pooling1d (AdaptiveMaxPooling1D)",
                                   {.output_size = 4}, {2, 5, 4}, {2, 3}),
      misfit<UpSampling1D>("[up_sampling1d] needs (batch, time, features), got shape (2, 3); in "
                           "up_sampling1d (UpSampling1D)",
                           {}, {2, 5, 4}, {2, 3}),
      wrong("[time_distributed] needs (batch, time, ...), got shape (2, 3); in time_distributed "
            "(TimeDistributed)",
            [] {
              TimeDistributed{Dense{{.units = 1}}}(ones({2, 3}));
            }),
      wrong("[rnn] needs (batch, time, features), got shape (2, 3); in rnn (RNN)",
            [] {
              RNN{GRUCell{{.units = 1}}}(ones({2, 3}));
            }),
      wrong<IndexError>("[group_normalization] axis 4294967297 of an input (2, 3); in "
                        "group_normalization (GroupNormalization)",
                        [] {
                          GroupNormalization{{.axis = (std::int64_t{1} << 32) + 1}}(ones({2, 3}));
                        }),
      wrong<IndexError>("[concatenate] axis 5 of inputs (2, 4, 3); in concatenate (Concatenate)",
                        [] {
                          Concatenate{{.axis = 5}}({kX, kX});
                        }),
  });
}

BOOST_AUTO_TEST_CASE(inputs_of_merging_layers) {
  using namespace nn;
  const Tensor one = kX.slice(0, 0, 1);
  check_all({
      wrong("[add] inputs differ in rows: (2, 4, 3) and (1, 4, 3); in add (Add)",
            [=] {
              Add{}({kX, one});
            }),
      wrong("[maximum] shapes (2, 4, 3) and (2, 4, 2) can't be broadcast together; in maximum "
            "(Maximum)",
            [=] {
              Maximum{}({kX, ones({2, 4, 2})});
            }),
      wrong("[concat] shapes (2, 4, 3) and (1, 4, 3) differ off axis 2; in concatenate "
            "(Concatenate)",
            [=] {
              Concatenate{}({kX, one});
            }),
      wrong<DTypeError>("[concat] operands differ in dtype: f32 (2, 4, 3) and f64 (2, 4, 3); "
                        "convert one with .to(...); in concatenate (Concatenate)",
                        [] {
                          Concatenate{}({kX, kX.to(f64)});
                        }),
  });
}

BOOST_AUTO_TEST_CASE(masks) {
  using namespace nn;
  check_all({
      masked<ShapeError, Dense>("[dense] mask must be (2, 4), got (2, 3); in dense (Dense)",
                                {.units = 1}, kX, mask_of({2, 3})),
      masked<ShapeError, Dense>("[dense] mask must be (2, 4), got (); in dense (Dense)",
                                {.units = 1}, kX, mask_of({})),
      masked<DTypeError, Dense>("[dense] mask must be bool, got f32 (2, 4); in dense (Dense)",
                                {.units = 1}, kX, ones({2, 4})),
      masked<DeviceError, Dense>("[dense] mask is on meta, the input on cpu; move one with "
                                 ".to(...); in dense (Dense)",
                                 {.units = 1}, kX,
                                 ones({2, 4}, {.dtype = boolean, .device = DeviceKind::meta})),
      masked<ShapeError, BatchNormalization>("[batch_normalization] mask must be (2, 4), got (2, "
                                             "3); in batch_normalization (BatchNormalization)",
                                             {}, kX, mask_of({2, 3})),
      masked<ShapeError, GRU>("[gru] mask must be (2, 4), got (2, 1); in gru (GRU)", {.units = 1},
                              kX, mask_of({2, 1})),
      masked<ShapeError, ConvLSTM1D>("[conv_lstm1d] mask must be (2, 4), got (2, 1); in "
                                     "conv_lstm1d (ConvLSTM1D)",
                                     {.filters = 1, .kernel_size = 1}, ones({2, 4, 5, 3}),
                                     mask_of({2, 1})),
      masked<ShapeError, GlobalAveragePooling1D>(
          "[global_average_pooling1d] a mask (2, 1) does not fit an input (2, 4, 3); in "
          "global_average_pooling1d (GlobalAveragePooling1D)",
          {}, kX, mask_of({2, 1})),
      wrong("[time_distributed] mask must be (2, 4), got (3, 4); in time_distributed "
            "(TimeDistributed)",
            [] {
              TimeDistributed{Dense{{.units = 1}}}(Value::masked(kX, mask_of({3, 4})));
            }),
      wrong("[lstm] mask must be (2, 4), got (2, 3); in bidirectional.forward_layer (LSTM)",
            [] {
              Bidirectional{LSTM{{.units = 1}}}.run(kX, {.mask = mask_of({2, 3})});
            }),
      wrong<DTypeError>("[rnn] mask must be bool, got f32 (2, 4); in rnn (RNN)",
                        [] {
                          RNN{GRUCell{{.units = 1}}}.run(kX, {.mask = ones({2, 4})});
                        }),
      wrong<DTypeError>("[softmax] the mask must be bool, got f32; in softmax (Softmax)",
                        [] {
                          Softmax{}(Values{kX, kX});
                        }),
      wrong("[loss] mask (2, 3) does not fit values (2, 4): give one a sample, or one a position",
            [] {
              nn::mse(Value::masked(kX, mask_of({2, 3})), kX);
            }),
      wrong<DTypeError>("[loss] the mask must be bool, got f32 (2, 4)",
                        [] {
                          nn::mse(Value::masked(kX, ones({2, 4})), kX);
                        }),
      wrong("[loss] mask (2, 3) does not fit values (2, 4): give one a sample, or one a position",
            [] {
              RunningMetric(Metric("mae")).update(Value::masked(kX, mask_of({2, 3})), kX);
            }),
  });
}

BOOST_AUTO_TEST_CASE(masks_of_attention) {
  const auto attention = [](nn::AttentionRunOptions options) {
    return [=] { nn::Attention{}.run({kX, kX}, options); };
  };
  const auto heads = [](nn::AttentionRunOptions options) {
    return [=] { nn::MultiHeadAttention{{.num_heads = 1, .key_dim = 2}}.run({kX, kX}, options); };
  };
  check_all({
      wrong("[attention] attention_mask must be (batch, queries, keys), here (2, 4, 4), or 1 where "
            "all are alike, got shape (2, 4, 5); in attention (Attention)",
            attention({.attention_mask = mask_of({2, 4, 5})})),
      wrong("[multi_head_attention] attention_mask must be (batch, queries, keys), here (2, 4, 4), "
            "or 1 where all are alike, got shape (3, 4); in multi_head_attention "
            "(MultiHeadAttention)",
            heads({.attention_mask = mask_of({3, 4})})),
      wrong<DTypeError>("[attention] attention_mask must be bool, got f32; in attention "
                        "(Attention)",
                        attention({.attention_mask = ones({2, 4, 4})})),
      wrong("[multi_head_attention] query_mask (2, 5) must be (2, 4), as the input (2, 4, 3); in "
            "multi_head_attention (MultiHeadAttention)",
            heads({.query_mask = mask_of({2, 5})})),
      wrong<DTypeError>("[attention] key_mask must be bool, got f32; in attention (Attention)",
                        attention({.key_mask = ones({2, 4})})),
  });
}

BOOST_AUTO_TEST_CASE(axes_and_lengths) {
  using namespace nn;
  check_all({
      wrong<IndexError>("[cosine_similarity] axis 4 is out of range for shape (2, 4, 3)",
                        [] { CosineSimilarity{{.axis = 4}}(kX, kX); }),
      wrong<IndexError>("[categorical_crossentropy] axis 4 is out of range for shape (2, 4, 3)",
                        [] { CategoricalCrossentropy{{.axis = 4}}(kX, kX); }),
      wrong<IndexError>("[binary_crossentropy] axis 4 is out of range for shape (2, 4, 3)",
                        [] { BinaryCrossentropy{{.axis = 4}}(kX, kX); }),
      wrong<ValueError>("[lstm] length -1 of row 0 is outside [0, 4], the time steps; in "
                        "bidirectional.forward_layer (LSTM)",
                        [] {
                          Bidirectional{LSTM{{.units = 1}}}.run(kX, {.lengths = Tensor{-1, 2}});
                        }),
      wrong<ValueError>("[rnn] length 5 of row 1 is outside [0, 4], the time steps; in rnn (RNN)",
                        [] {
                          RNN{GRUCell{{.units = 1}}}.run(kX, {.lengths = Tensor{0, 5}});
                        }),
  });
}

BOOST_AUTO_TEST_SUITE_END()
