// SPDX-License-Identifier: GPL-3.0-or-later
// Names and defaults as in TRL 1.16 (GRPOConfig, ModelConfig, the arguments of its grpo script) and the TrainingArguments of transformers 5.
#include "session/trl_keys.h"

#include <sstream>

namespace foothold {
namespace {

constexpr TrlSetting settings[] = {
    {"seed", "42", "seed"},
    {"num_generations", "8", "sampling.attempts"},
    {"temperature", "1.0", "sampling.temperature"},
    {"top_p", "1.0", "sampling.top_p"},
    {"learning_rate", "1e-6", "optimizer.lr"},
    {"weight_decay", "0.0", "optimizer.weight_decay"},
    {"max_grad_norm", "1.0", "optimizer.max_grad_norm"},
    {"loss_type", "dapo", "loss.type"},
    {"beta", "0.0", "loss.beta"},
    {"epsilon", "0.2", "loss.epsilon"},
    {"num_iterations", "1", "loss.num_iterations"},
};

constexpr TrlHabit habits[] = {
    {"top_k", "0|-1|null", "every token may be sampled (sampling.top_p alone cuts)"},
    {"min_p", "null|0", "every token may be sampled (sampling.top_p alone cuts)"},
    {"repetition_penalty", "1", "repetition is not punished"},
    {"adam_epsilon", "1e-8", "AdamW's epsilon is 1e-8"},
    {"optim", "adamw_torch|adamw_torch_fused", "the optimiser is AdamW in 32 bits"},
    {"warmup_steps", "0|null", "the learning rate starts at its full value"},
    {"warmup_ratio", "0|null", "the learning rate starts at its full value"},
    {"lr_scheduler_kwargs", "null", "schedules have no settings"},
    {"importance_sampling_level", "token", "ratios are those of single tokens"},
    {"mask_truncated_completions", "false", "completions cut at the limit are trained like the others"},
    {"delta", "null", "ratios are clipped by epsilon and epsilon_high alone"},
    {"top_entropy_quantile", "1", "all tokens are trained"},
    {"entropy_coef", "0", "no reward for entropy"},
    {"use_adaptive_entropy", "false", "no reward for entropy"},
    {"off_policy_mask_threshold", "null", "no attempt is left out for its distance from the sampler"},
    {"sync_ref_model", "false", "the reference of the KL term is the model as it was loaded"},
    {"use_bias_correction_kl", "false", "the KL term has no importance ratio"},
    {"reward_funcs", "accuracy_reward", "the reward is 1 for a right answer, else 0 (reward.kind)"},
    {"reward_model_name_or_path", "null", "the reward is 1 for a right answer, else 0 (reward.kind)"},
    {"reward_weights", "null|1", "there is one reward"},
    {"multi_objective_aggregation", "sum_then_normalize|normalize_then_sum", "there is one reward"},
    {"shuffle_dataset", "true", "problems are drawn in random order"},
    {"max_prompt_length", "null", "prompts are never cut"},
    {"generation_kwargs", "null", "sampling has no other settings"},
    {"chat_template_kwargs", "null", "chat templates are those of the model"},
    {"model_init_kwargs", "null", "models are loaded as they are"},
    {"load_in_8bit", "false", "weights are held in 32 bits"},
    {"load_in_4bit", "false", "weights are held in 32 bits"},
    {"dtype", "float32|auto", "weights are held in 32 bits"},
    {"torch_dtype", "float32|auto", "weights are held in 32 bits"},
    {"bf16", "false|null", "training computes in 32 bits"},
    {"fp16", "false|null", "training computes in 32 bits"},
    {"cast_lm_head_to_fp32", "*", "weights are held in 32 bits"},
    {"disable_dropout", "*", "there is no dropout"},
    {"label_smoothing_factor", "0", "labels are not smoothed"},
    {"neftune_noise_alpha", "null", "embeddings get no noise"},
    {"router_aux_loss_coef", "null|0", "there are no mixtures of experts"},
    {"logging_steps", "*", "every step is stored"},
    {"logging_strategy", "*", "every step is stored"},
    {"logging_first_step", "*", "every step is stored"},
    {"log_completions", "*", "every attempt is stored; `export --what completions` writes them in TRL's layout"},
    {"save_only_model", "false", "checkpoints hold the optimiser too"},
    {"save_total_limit", "null", "kept: the first, the last and every checkpoint.every-th checkpoint"},
    {"resume_from_checkpoint", "null", "a run goes on with `foothold-cli resume RUN_DIR`"},
    {"use_vllm", "false", "Foothold samples by itself, under the weights that it trains"},
    {"trust_remote_code", "false", "no code of a model is run"},
    {"auto_find_batch_size", "false", "the batch is as it is set; what does not fit is refused before the start"},
    {"max_tool_calling_iterations", "null", "there are no tools"},
};

constexpr TrlOmission omissions[] = {
    {"gradient_checkpointing gradient_checkpointing_kwargs activation_checkpointing activation_checkpointing_kwargs torch_compile torch_compile_backend "
     "torch_compile_mode use_liger_kernel liger_kernel_config use_cache torch_empty_cache_steps tf32 bf16_full_eval fp16_full_eval attn_implementation cache_implementation "
     "pad_to_multiple_of use_transformers_continuous_batching transformers_continuous_batching_config use_transformers_paged skip_memory_metrics full_determinism "
     "optim_args optim_target_modules bnb_4bit_quant_type use_bnb_nested_quant bnb_4bit_quant_storage",
     "how TRL computes; Foothold has its own way"},
    {"lora_dropout lora_target_parameters lora_modules_to_save lora_task_type use_rslora use_dora", "adapters are LoRA's plain ones, without dropout"},
    {"ds3_gather_for_generation ddp_find_unused_parameters ddp_bucket_cap_mb ddp_broadcast_buffers ddp_static_graph ddp_backend ddp_timeout fsdp fsdp_config deepspeed "
     "accelerator_config parallelism_config local_rank average_tokens_across_devices log_on_each_node save_on_each_node",
     "a run is one process with one engine"},
    {"dataloader_drop_last dataloader_num_workers dataloader_pin_memory dataloader_persistent_workers dataloader_prefetch_factor dataloader_multiprocessing_context "
     "dataloader_in_order remove_unused_columns label_names train_sampling_strategy length_column_name group_by_length data_seed dataset_test_split dataset_streaming streaming "
     "test_split_size ignore_data_skip ignore_bias_buffers",
     "problems are read from one file, once"},
    {"vllm_mode vllm_model_impl vllm_enable_sleep_mode vllm_structured_outputs_regex vllm_server_base_url vllm_server_host vllm_server_port vllm_server_timeout "
     "vllm_group_port vllm_gpu_memory_utilization vllm_max_model_length vllm_tensor_parallel_size vllm_importance_sampling_correction vllm_importance_sampling_mode "
     "vllm_importance_sampling_clip_max vllm_importance_sampling_clip_min vllm_importance_sampling_cap vllm_guided_decoding_regex",
     "Foothold samples by itself, under the weights that it trains"},
    {"push_to_hub hub_token hub_private_repo hub_model_id hub_strategy hub_always_push hub_revision log_completions_hub_repo report_to run_name project trackio_space_id "
     "trackio_bucket_id trackio_static_space_id model_revision overwrite_output_dir",
     "nothing leaves this machine"},
    {"logging_dir logging_nan_inf_filter include_num_input_tokens_seen log_level log_level_replica disable_tqdm num_completions_to_print log_unique_prompts log_multimodal "
     "eval_on_start eval_delay eval_accumulation_steps eval_do_concat_batches eval_use_gather_object per_device_eval_batch_size prediction_loss_only include_for_metrics "
     "batch_eval_metrics load_best_model_at_end metric_for_best_model greater_is_better restore_callback_states_from_checkpoint enable_jit_checkpoint debug do_train do_eval do_predict env",
     "how TRL logs, evaluates and saves; Foothold stores every step and scores the held-out problems before, while and after it trains"},
    {"ref_model_mixup_alpha ref_model_sync_steps sapo_temperature_neg sapo_temperature_pos vespo_k_pos vespo_lambda_pos vespo_k_neg vespo_lambda_neg entropy_coef_min "
     "entropy_coef_max entropy_coef_delta entropy_target",
     "a setting of something else that Foothold does not have"},
};

/// Made into settings by several keys together (trl_config.cpp).
constexpr std::string_view joined =
    "model_name_or_path dataset_name dataset_config dataset_train_split datasets generation_batch_size steps_per_generation per_device_train_batch_size "
    "gradient_accumulation_steps max_steps num_train_epochs max_completion_length epsilon_high scale_rewards adam_beta1 adam_beta2 lr_scheduler_type eval_strategy eval_steps "
    "num_generations_eval save_strategy save_steps output_dir use_cpu use_peft lora_r lora_alpha lora_target_modules";

}  // namespace

std::span<const TrlSetting> trl_settings() { return settings; }
std::span<const TrlHabit> trl_habits() { return habits; }
std::span<const TrlOmission> trl_omissions() { return omissions; }

const std::vector<std::string>& trl_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> out;
        const auto add = [&](std::string_view list) {
            std::istringstream words{std::string(list)};
            for (std::string word; words >> word;) out.push_back(word);
        };
        for (const TrlSetting& s : settings) add(s.name);
        for (const TrlHabit& h : habits) add(h.name);
        for (const TrlOmission& o : omissions) add(o.names);
        add(joined);
        return out;
    }();
    return names;
}

}  // namespace foothold
